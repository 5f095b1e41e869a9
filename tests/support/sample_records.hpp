#pragma once

#include <string>
#include <vector>

#include "base/record_format.hpp"
#include "base/saga_id.hpp"
#include "definition/definition.hpp"
#include "engine/record.hpp"

namespace sagad::tests {

/// A record with a name that is a file's.
struct sample_record {
  std::string name;
  engine::record record;  ///< its views point to texts that live as long as the program
};

/// The definition that the samples belong to: five steps, the sale.
definition::definition_ptr sample_definition();

/// The id of the saga that they belong to.
saga_id sample_saga();

/// One record for each fact and each kind of input, with every field that it can have: what the golden files hold.
/// Grows with the format and never changes.
std::vector<sample_record> sample_records();

/// As they are kept.
std::string bytes_of(const engine::record& record, std::uint8_t format = newest_record_format());

}  // namespace sagad::tests
