#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace sagad::runtime {

/// How long work that nobody waits for rests after each piece, so that it takes a share of one processor and no more.
/// The share grows as long as there is more of the work each time a part is done, and shrinks again: so it keeps up
/// with whatever makes it. Parts that are done within milliseconds say nothing of that: it is looked at once in a
/// while. One thread.
class pace {
 public:
  static constexpr std::uint64_t share_percent_min = 10;
  static constexpr std::uint64_t share_percent_max = 80;
  static constexpr std::chrono::seconds looked_at_every{10};

  std::chrono::nanoseconds rest_after(std::chrono::nanoseconds worked) const noexcept {
    return worked * (100 - share_percent_) / share_percent_;
  }

  /// A part of the work is done at this time of a clock that does not go back, and so much is left.
  void done(std::uint64_t left, std::chrono::milliseconds now) noexcept {
    if (looked_at_ && now - *looked_at_ < looked_at_every) return;
    looked_at_ = now;
    share_percent_ = left > left_ ? std::min(share_percent_max, share_percent_ * 2)
                                  : std::max(share_percent_min, share_percent_ / 2);
    left_ = left;
  }

  std::uint64_t share_percent() const noexcept { return share_percent_; }

 private:
  std::uint64_t share_percent_ = share_percent_min;
  std::uint64_t left_ = UINT64_MAX;
  std::optional<std::chrono::milliseconds> looked_at_;
};

}  // namespace sagad::runtime
