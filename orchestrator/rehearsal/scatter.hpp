#pragma once

#include <cstddef>
#include <cstdint>

namespace sagad::rehearsal {

/// Numbers that look like any, and are the same for the same seed: one generator of Lehmer's (S. Park, K. Miller,
/// "Random number generators: good ones are hard to find", 1988), so that what is made up is the same every time.
class scatter {
 public:
  explicit scatter(std::size_t seed) noexcept : state_(seed % (modulus - 1) + 1) { below(1); }

  /// From 0 to `bound` - 1.
  std::size_t below(std::size_t bound) noexcept {
    state_ = state_ * multiplier % modulus;
    return static_cast<std::size_t>(state_ >> 8U) % bound;
  }

 private:
  static constexpr std::uint64_t modulus = 2'147'483'647;
  static constexpr std::uint64_t multiplier = 48'271;

  std::uint64_t state_;
};

}  // namespace sagad::rehearsal
