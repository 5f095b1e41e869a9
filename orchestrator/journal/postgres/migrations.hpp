#pragma once

#include <optional>
#include <string>

#include "journal/postgres/database.hpp"

/// The tables, and how they came to be: version by version, each written once and never changed afterwards.
namespace sagad::journal::postgres::migrations {

/// What this program writes and reads.
std::int64_t newest();

/// Of the tables that are there; 0: there are none.
std::int64_t version(connection& database);

/// From there to the newest, in one transaction. Two that do it at once leave it done once; the other is told by
/// statement_failed.
void apply(connection& database, std::int64_t from);

/// Makes the tables when there are none. A line: they are of a version that this program does not write.
std::optional<std::string> prepare(connection& database);

}  // namespace sagad::journal::postgres::migrations
