#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "journal/ownership.hpp"
#include "journal/postgres/database.hpp"

namespace sagad::journal::postgres {

/// Writes them in one statement, in their order, as far as no partition has more than `open_max` that wait for an
/// answer. Returns the ids of those that are there then. Doing it twice is harmless.
std::set<std::string> keep_messages(connection& database, const std::vector<const message*>& messages,
                                    std::size_t open_max);

/// Whose owners are to hear of them, as hints.
std::vector<std::string> partitions_of(const std::vector<const message*>& messages);

}  // namespace sagad::journal::postgres
