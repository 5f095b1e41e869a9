#pragma once

#include <string>

#include "definition/definition.hpp"
#include "engine/record.hpp"
#include "journal/journal.hpp"

namespace sagad::runtime {

/// Appends a record as JSON on one line, without its end: what events and archives show.
void append_record_line(std::string& out, const journal::stored_record& stored, const engine::record& record,
                        const definition::definition& definition);

/// What is known of one that this program cannot read.
void append_unreadable_line(std::string& out, const journal::stored_record& stored, const std::string& why);

}  // namespace sagad::runtime
