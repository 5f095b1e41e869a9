#pragma once

#include <time.h>

#include "base/moment.hpp"

namespace sagad::http {

/// Milliseconds of a clock that only goes forward: for deadlines within this process, never persisted.
inline millis steady_now_ms() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<millis>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace sagad::http
