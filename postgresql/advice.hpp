#pragma once

#include <string>

#include "postgresql/connection.hpp"

namespace sagad::postgresql {

/// What a person may do who has only just named the database, to stand behind what was thrown. Empty: nothing is known.
std::string advice_on(const connection_lost& failed);
std::string advice_on(const statement_failed& failed);

}  // namespace sagad::postgresql
