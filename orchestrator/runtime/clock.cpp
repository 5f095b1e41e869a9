#include "runtime/clock.hpp"

#include <ctime>

#include <algorithm>

namespace sagad::runtime {
namespace {

millis read(clockid_t which) noexcept {
  timespec value{};
  clock_gettime(which, &value);
  return static_cast<millis>(value.tv_sec) * 1000 + value.tv_nsec / 1'000'000;
}

}  // namespace

journal_clock::journal_clock(millis last_record) {
  const auto wall = read(CLOCK_REALTIME);
  offset_ = std::max(wall, last_record) - read(CLOCK_BOOTTIME);
  wall_at_start_ahead_ = std::max<millis>(0, last_record - wall);
}

millis journal_clock::now() const {
  return read(CLOCK_BOOTTIME) + offset_;
}

millis journal_clock::wall_drift() const {
  return wall() + wall_at_start_ahead_ - now();
}

millis journal_clock::wall() const {
  return read(CLOCK_REALTIME);
}

}  // namespace sagad::runtime
