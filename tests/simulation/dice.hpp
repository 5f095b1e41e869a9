#pragma once

#include <cstddef>
#include <cstdint>

#include "base/moment.hpp"

namespace sagad::simulation {

/// All randomness of a run comes from one seed through this (SplitMix64: G. Steele, D. Lea, C. Flood, "Fast splittable
/// pseudorandom number generators", 2014), so that the same seed is the same run, on every machine.
class dice {
 public:
  explicit dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() noexcept {
    state_ += 0x9E3779B97F4A7C15U;
    auto value = state_;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31U);
  }
  /// From 0 to `limit` - 1; 0 for a limit of 0.
  std::size_t below(std::size_t limit) noexcept { return limit == 0 ? 0 : static_cast<std::size_t>(next() % limit); }
  /// From `least` to `most`, both included.
  millis between(millis least, millis most) noexcept {
    return least + static_cast<millis>(below(static_cast<std::size_t>(most - least + 1)));
  }
  bool chance(unsigned permille) noexcept { return permille != 0 && below(1000) < permille; }

 private:
  std::uint64_t state_;
};

}  // namespace sagad::simulation
