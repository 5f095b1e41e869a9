#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/moment.hpp"

namespace sagad::dispatch {

/// Notices that a participant sends more than it is asked for. Tells the first time, then at most once a minute how
/// often it was since. Pure.
class stray_watch {
 public:
  static constexpr millis told_every_ms = 60'000;

  /// A line for the log, or nothing. `strayed`: connections closed for it, ever.
  std::optional<std::string> look(millis now, std::string_view participant, std::uint64_t strayed);

 private:
  std::uint64_t told_ = 0;
  std::optional<millis> told_at_;
};

}  // namespace sagad::dispatch
