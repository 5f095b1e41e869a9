#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sagad::runtime {

/// How long work that nobody waits for rests after each piece, so that it takes a share of one processor and no more.
/// The share grows as long as there is more of the work each time a part is done, and shrinks again: so it keeps up
/// with whatever makes it. One thread.
class pace {
 public:
  static constexpr std::uint64_t share_percent_min = 10;
  static constexpr std::uint64_t share_percent_max = 80;

  std::chrono::nanoseconds rest_after(std::chrono::nanoseconds worked) const noexcept {
    return worked * (100 - share_percent_) / share_percent_;
  }

  /// A part of the work is done, and so much is left.
  void done(std::uint64_t left) noexcept {
    share_percent_ = left > left_ ? std::min(share_percent_max, share_percent_ * 2)
                                  : std::max(share_percent_min, share_percent_ / 2);
    left_ = left;
  }

  std::uint64_t share_percent() const noexcept { return share_percent_; }

 private:
  std::uint64_t share_percent_ = share_percent_min;
  std::uint64_t left_ = UINT64_MAX;
};

}  // namespace sagad::runtime
