#pragma once

#include <optional>
#include <string>

#include "base/moment.hpp"

namespace sagad::runtime {

/// Notices that the wall clock has jumped: deadlines do not follow it, and whoever compares times of records with other
/// clocks should know. Tells at most once a minute, and only what has moved by more than a second since. Pure.
class drift_watch {
 public:
  static constexpr millis looked_every_ms = 1'000;
  static constexpr millis told_past_ms = 1'000;
  static constexpr millis told_every_ms = 60'000;

  /// A line for the log, or nothing. `drift`: how far the wall clock is ahead of journal time.
  std::optional<std::string> look(millis now, millis drift);

 private:
  millis told_drift_ = 0;
  std::optional<millis> told_at_;
};

}  // namespace sagad::runtime
