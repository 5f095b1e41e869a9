#pragma once

#include <algorithm>
#include <cstdint>

namespace sagad::dispatch {

/// After a recovery, a take-over or a circuit that closed again: few calls at first, twice as many after each round
/// (as many ends as the limit allows at once) without an unknown end. So a participant that has just come back meets no
/// herd. Pure.
class slow_start {
 public:
  static constexpr std::uint32_t first_limit = 8;  ///< over all reactors, but one at least for each

  explicit slow_start(std::uint32_t slots, std::uint32_t first = first_limit)
      : slots_(slots), first_(std::min(first, slots)), limit_(slots) {}

  void begin() noexcept {
    limit_ = first_;
    ends_ = 0;
    clean_ = true;
  }

  void ended(bool clean) noexcept {
    if (!active()) return;
    clean_ = clean_ && clean;
    if (++ends_ < limit_) return;
    if (clean_) limit_ = limit_ > slots_ / 2 ? slots_ : limit_ * 2;
    ends_ = 0;
    clean_ = true;
  }

  std::uint32_t slots() const noexcept { return slots_; }
  bool active() const noexcept { return limit_ < slots_; }
  std::uint32_t limit() const noexcept { return limit_; }

 private:
  std::uint32_t slots_;
  std::uint32_t first_;
  std::uint32_t limit_;
  std::uint32_t ends_ = 0;
  bool clean_ = true;
};

}  // namespace sagad::dispatch
