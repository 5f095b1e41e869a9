#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "journal/log/files.hpp"
#include "journal/log/log_walk.hpp"

namespace sagad::journal::log {

/// The segments of a directory, as far as their first bytes tell.
struct listing {
  std::uint64_t log = 0;  ///< the log's number; 0: no frame is there to tell it
  std::vector<found_segment> segments;

  /// Something is written in one of them.
  bool used() const noexcept;
};

/// Lists them, in order, and removes what an interrupted preparation has left. `log` is the number that is known, or 0.
/// A first frame that does not fit its place is taken for another log's only when it is whole; else it is as if it were
/// not there, and the walk meets the damage. Throws `damaged`.
listing list_segments(files& files, const std::string& directory, std::uint64_t log);

}  // namespace sagad::journal::log
