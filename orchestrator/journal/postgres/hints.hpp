#pragma once

#include <string>
#include <vector>

#include "journal/postgres/database.hpp"

namespace sagad::journal::postgres {

/// What nodes hear that is not a partition's number: it has a message then.
inline constexpr const char* hint_of_answers = "answers";
inline constexpr const char* hint_of_partitions = "partitions";

/// Wakes the nodes that listen to the channel, where the database has such: nothing rests on it. Several are one
/// commit, too.
void give_hints(connection& database, const std::string& channel, const std::vector<std::string>& all);
void give_hint(connection& database, const std::string& channel, const std::string& what);

}  // namespace sagad::journal::postgres
