#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "journal/settlement.hpp"

namespace sagad::journal::log {

/// What one appender submitted at once: its records as they will lie in the log, but for `previous`.
struct batch {
  std::shared_ptr<settlement> owner;
  std::string records;
  ticket first = 0;
  std::uint32_t count = 0;
  std::vector<std::uint32_t> stale;  ///< which of them are of another epoch: `records` has none of these
  std::vector<exception> told;       ///< filled by the committer
};

}  // namespace sagad::journal::log
