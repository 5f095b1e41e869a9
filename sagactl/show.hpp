#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "sagactl/json_view.hpp"

namespace sagad::sagactl {

/// What people read: each takes the server's JSON and prints it. `now` (milliseconds since 1970) makes times relative.

/// One saga: where it is, why, each step, and which commands fit.
void show_saga(std::ostream& out, json_view saga, std::int64_t now);
/// One line about its state: `stuck at rate: blocked: ...`.
std::string saga_in_a_line(json_view saga, std::int64_t now);
/// What to type next for one that is not final: one that is stuck is looked at, any other one is followed.
std::string next_command(json_view saga);
/// The commands that fit a saga as it is, each with what it does.
void show_fitting_commands(std::ostream& out, json_view saga);
/// Why a saga is where it is, what it waits for and until when: one paragraph, and the commands that fit. `records` are
/// all of its records.
void explain_saga(std::ostream& out, json_view saga, json_view records, std::int64_t now);
/// A listing's pages: their sagas in one table, or `none`, and what the last one says of how far it got.
void show_list(std::ostream& out, const std::vector<json_view>& pages, std::int64_t now,
               std::string_view none = "No such saga");
/// The records of one saga: an array.
void show_records(std::ostream& out, json_view records);
/// One record on one line, as `watch` prints it.
std::string record_in_a_line(json_view record);
void show_definitions(std::ostream& out, json_view answer);
void show_participants(std::ostream& out, json_view answer, std::int64_t now);
void show_nodes(std::ostream& out, json_view answer);

}  // namespace sagad::sagactl
