#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "journal/ownership.hpp"
#include "journal/postgres/database.hpp"

/// The format in which records are written, which all nodes read: kept in the database, and never lowered. A node says
/// what it reads in its own row, and is let in only where that reaches.
namespace sagad::journal::postgres {

std::uint8_t read_level(connection& database);

/// Why a program that reads records up to this format does not run here: one line.
std::optional<std::string> level_refusal(connection& database, std::uint8_t reads);

/// What a raising did, or would do.
struct raising {
  std::uint8_t from = 0;
  std::uint8_t to = 0;
  std::vector<node> hindering;  ///< who reads less than what was wanted
};

/// To that format, or as far as all who are nodes read: also those who were not heard of, as long as they are. Who is
/// entering at the same moment is one of them, or enters after it.
raising raise_level(connection& database, std::uint8_t to, bool dry_run);

/// Of tables that have just been made, in their transaction.
void set_first_level(connection& database, std::uint8_t to);

}  // namespace sagad::journal::postgres
