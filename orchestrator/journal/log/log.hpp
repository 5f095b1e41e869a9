#pragma once

#include <memory>
#include <string>
#include <variant>

#include "journal/journal.hpp"
#include "journal/log/options.hpp"

/// The embedded journal: segment files written ahead of everything, an index beside them that can always be rebuilt.
/// The format is in docs/log-format.md.
namespace sagad::journal::log {

/// Why a log was not opened: one line that names what is missing or in the way.
struct error {
  std::string line;
  bool in_use = false;  ///< another process has the log open
};

/// Opens the log of a directory, or begins one. Raises the epoch durably. Reads the log from its last checkpoint on.
/// Appenders must be gone before the store. A failed sync, an unreadable index, or a position that does not rise end
/// the process with one line on standard error.
std::variant<std::unique_ptr<store>, error> open(const options& settings);

}  // namespace sagad::journal::log
