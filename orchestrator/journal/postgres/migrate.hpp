#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/record_format.hpp"
#include "journal/postgres/migrations.hpp"
#include "journal/postgres/options.hpp"

namespace sagad::journal::postgres {

/// How tables are brought forward.
struct migrate_order {
  std::string url;
  migrations::steps known = migrations::all();
  bool dry_run = false;                          ///< says what would be done, and changes nothing
  bool raise = false;                            ///< and then lifts the format in which records are written
  std::uint8_t format = newest_record_format();  ///< to this one, the newest that this program reads

  /// How long a step waits for a lock that others hold: what comes behind it waits, too, and that are appends.
  std::chrono::milliseconds lock_wait{1'000};
  /// Until it is tried again, so that they get on meanwhile.
  std::chrono::milliseconds pause{2'000};

  std::function<void(const std::string&)> say;   ///< what was done, or would be; a line
  std::function<void(const std::string&)> wait;  ///< what it waits for
};

/// Brings the tables of a database forward, step by step, or makes them; two at once do it once. Ended in its middle it
/// leaves the steps that are done, and is told to go on by being run again. A line: why it could not.
std::optional<std::string> migrate(const migrate_order& order);

}  // namespace sagad::journal::postgres
