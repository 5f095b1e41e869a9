#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "journal/postgres/database.hpp"

/// The tables, and how they came to be: version by version, each step written once and never changed afterwards.
namespace sagad::journal::postgres::migrations {

/// From one version to the next.
struct step {
  const char* does;  ///< for people: "adds ..."
  /// Several statements, each ended by a `;` that stands nowhere else; done whole or not at all where tables are
  /// changed in transactions, and such as bear being done again for where they are not.
  const char* sql;
  /// A program may run while it is done, and afterwards, when it knows the tables of this version or a later one. The
  /// step's own version: nobody may, and it waits for nobody.
  std::int64_t beside;
  const char* since;  ///< the first sagad that knows it
};

/// All, from the first: the number of a version is how many of them were done.
using steps = std::span<const step>;

/// This program's.
steps all();

/// How tables stand.
struct standing {
  std::int64_t version = 0;  ///< 0: there are none
  std::int64_t needs = 0;    ///< the version that a program must know to run on them
};
standing look(connection& database);

/// Somebody is at work, beside whom a step may not be done.
class in_the_way : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// From one version to another; the same: none was missing.
struct steps_done {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

/// Does the first step that is missing, in a transaction, and all of them where there are no tables: records are
/// written in `format` there. Waits for whoever does some. Throws as a connection does, or in_the_way.
steps_done do_next(connection& database, steps known, std::uint8_t format);

/// Why a program that knows those does not run on these tables: one line.
std::optional<std::string> refusal(connection& database, steps known);

/// Makes the tables when there are none. Those that are there are not changed: it says what is wrong with them, or that
/// they may not be used.
std::optional<std::string> prepare(connection& database, steps known, std::uint8_t format);

}  // namespace sagad::journal::postgres::migrations
