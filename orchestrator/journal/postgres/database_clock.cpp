#include "journal/postgres/database_clock.hpp"

#include <algorithm>

#include "journal/postgres/boottime.hpp"

namespace sagad::journal::postgres {

void database_clock::learn(std::chrono::nanoseconds sent, millis shown, std::chrono::nanoseconds received) {
  const std::lock_guard lock(mutex_);
  const std::chrono::nanoseconds by_database = std::chrono::milliseconds(shown);
  constexpr std::chrono::nanoseconds rounding = std::chrono::milliseconds(1);
  const auto least = (by_database - rounding - received).count();
  const auto most = (by_database + rounding - sent).count();
  auto ahead = ahead_.load(std::memory_order_relaxed);
  if (!learnt_) {
    ahead = least + (most - least) / 2;
  } else if (ahead < least) {
    ahead = least;
  } else if (ahead > most) {
    // The database's clock was set back, or goes more slowly: ours goes at half its pace until they meet, so that it
    // neither goes back nor stands still.
    ahead -= std::min(ahead - most, (received - *learnt_).count() / 2);
  }
  learnt_ = received;
  ahead_.store(ahead, std::memory_order_release);
}

millis database_clock::now() const noexcept {
  return at(boottime());
}

millis database_clock::at(std::chrono::nanoseconds boottime) const noexcept {
  const auto shown = (boottime.count() + ahead_.load(std::memory_order_acquire)) / 1'000'000;
  auto newest = newest_.load(std::memory_order_relaxed);
  while (newest < shown && !newest_.compare_exchange_weak(newest, shown, std::memory_order_relaxed)) {
  }
  return std::max(newest, shown);
}

}  // namespace sagad::journal::postgres
