#pragma once

#include <optional>
#include <string>
#include <vector>

#include "journal/postgres/migrations.hpp"

/// Whether the tables are as the steps have left them, and may be used: what somebody has dropped is made anew by
/// nobody, since it would be empty, and what it held would count as never recorded.
namespace sagad::journal::postgres::migrations {

/// One line: which tables and columns somebody has dropped that the steps done so far have made, and what to do. Tables
/// of a later version than those steps are not looked at: whoever has made them knows what they need.
std::optional<std::string> why_incomplete(connection& database, steps known);

/// Likewise the indexes: the statements that make them again. Without them it works, slowly.
std::vector<std::string> dropped_indexes(connection& database, steps known);

/// One line: on which tables the user has not the rights that a node needs, and who gives them how.
std::optional<std::string> why_not_allowed(connection& database, steps known);

}  // namespace sagad::journal::postgres::migrations
