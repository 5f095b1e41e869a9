#pragma once

#include <vector>

#include "journal/log/frame.hpp"

namespace sagad::journal::log {

/// A stretch of the log that is gone, and that somebody has accepted to be: from the first missing offset to the first
/// that is there again.
struct lost_range {
  offset from{};
  offset to{};
};

/// The range that an offset lies in, or null.
inline const lost_range* find_lost(const std::vector<lost_range>& ranges, offset at) noexcept {
  for (const auto& range : ranges) {
    if (range.from <= at && at < range.to) return &range;
  }
  return nullptr;
}

}  // namespace sagad::journal::log
