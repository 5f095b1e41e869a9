#pragma once

#include <time.h>

#include <chrono>

namespace sagad::journal::postgres {

/// Time that goes on while the machine sleeps, and that no setting of a clock moves: what a lease is trusted by.
inline std::chrono::nanoseconds boottime() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace sagad::journal::postgres
