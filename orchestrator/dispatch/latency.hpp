#pragma once

#include <array>
#include <cstdint>

#include "base/moment.hpp"

namespace sagad::dispatch {

/// How long answers took: counts by upper bound, as a Prometheus histogram has them (not yet summed up).
class latency {
 public:
  static constexpr std::array<millis, 13> bounds_ms = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 2'000, 5'000, 10'000};

  void add(millis took_ms) noexcept {
    std::size_t at = 0;
    while (at < bounds_ms.size() && took_ms > bounds_ms[at]) ++at;
    ++counts_[at];
    ++count_;
    sum_ms_ += static_cast<std::uint64_t>(took_ms);
    recent_ms_ += (static_cast<double>(took_ms) - recent_ms_) / 32;
  }

  /// Those of another reactor, too.
  latency& operator+=(const latency& other) noexcept {
    const auto all = count_ + other.count_;
    if (all != 0) {
      recent_ms_ = (recent_ms_ * static_cast<double>(count_) + other.recent_ms_ * static_cast<double>(other.count_)) /
                   static_cast<double>(all);
    }
    count_ = all;
    sum_ms_ += other.sum_ms_;
    for (std::size_t at = 0; at < counts_.size(); ++at) counts_[at] += other.counts_[at];
    return *this;
  }

  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t sum_ms() const noexcept { return sum_ms_; }
  double recent_ms() const noexcept { return recent_ms_; }  ///< mean, the latest weigh most
  /// The last one counts what took longer than every bound.
  const std::array<std::uint64_t, bounds_ms.size() + 1>& counts() const noexcept { return counts_; }

 private:
  std::array<std::uint64_t, bounds_ms.size() + 1> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ms_ = 0;
  double recent_ms_ = 0;
};

}  // namespace sagad::dispatch
