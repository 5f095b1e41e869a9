#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sagad::bench {

/// How often each value came, to three digits: G. Tene's HDR histogram. Values below `exact` have a place each; above,
/// each power of two has half as many, so a place is never wider than a thousandth of its values. What it takes does
/// not grow with the values that it counts.
class histogram {
 public:
  void count(std::uint64_t value) {
    auto const at = place(value);
    if (at >= counts_.size()) counts_.resize(at + 1);
    ++counts_[at];
    ++total_;
    if (value > max_) max_ = value;
  }

  std::uint64_t total() const noexcept { return total_; }

  /// The least value that so many of a hundred do not exceed, rounded up to the end of its place.
  std::uint64_t at_percentile(double percentile) const noexcept {
    auto const wanted = percentile / 100 * static_cast<double>(total_);
    std::uint64_t seen = 0;
    for (std::size_t at = 0; at < counts_.size(); ++at) {
      seen += counts_[at];
      if (seen > 0 && static_cast<double>(seen) >= wanted) return last_of(at) < max_ ? last_of(at) : max_;
    }
    return max_;
  }

 private:
  static constexpr unsigned half_bits = 10;
  static constexpr std::uint64_t exact = 2ULL << half_bits;

  static std::size_t place(std::uint64_t value) noexcept {
    if (value < exact) return value;
    auto const shift = static_cast<unsigned>(std::bit_width(value)) - half_bits - 1;
    return (static_cast<std::size_t>(shift) << half_bits) + (value >> shift);
  }

  static std::uint64_t last_of(std::size_t at) noexcept {
    if (at < exact) return at;
    auto const shift = (at >> half_bits) - 1;
    return (((at - (shift << half_bits)) + 1) << shift) - 1;
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
  std::uint64_t max_ = 0;
};

/// Where a distribution is read: the nearer to the end, the closer together.
inline constexpr std::array percentiles{0.0,  25.0,  50.0, 75.0,  90.0,  95.0,   97.5, 99.0,
                                        99.5, 99.75, 99.9, 99.95, 99.99, 99.999, 100.0};

}  // namespace sagad::bench
