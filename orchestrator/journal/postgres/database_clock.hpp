#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

#include "base/moment.hpp"

namespace sagad::journal::postgres {

/// The database's clock as it is known here: what it showed when it was asked, moved on by CLOCK_BOOTTIME. Never goes
/// back. Thread-safe.
class database_clock {
 public:
  /// It showed `shown` at some time between the question's sending and the answer's coming, both by boottime. So it is
  /// known within that time; what is believed changes only when it lies outside, and the first time to the middle. An
  /// answer that was long under way thus changes nothing.
  void learn(std::chrono::nanoseconds sent, millis shown, std::chrono::nanoseconds received);

  millis now() const noexcept;
  /// As `now`, at that boottime.
  millis at(std::chrono::nanoseconds boottime) const noexcept;

 private:
  std::mutex mutex_;
  std::optional<std::chrono::nanoseconds> learnt_;  ///< by boottime, when the last answer came
  std::atomic<std::int64_t> ahead_ = 0;             ///< of boottime, in nanoseconds
  mutable std::atomic<millis> newest_ = 0;          ///< that was told
};

}  // namespace sagad::journal::postgres
