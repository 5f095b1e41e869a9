#include "bench/histogram.hpp"

#include <cstdint>

namespace {

using sagad::bench::histogram;

TEST(histogram, small_values_are_exact) {
  histogram counted;
  for (std::uint64_t value = 1; value <= 2000; ++value) counted.count(value);
  EXPECT_EQ(counted.total(), 2000U);
  EXPECT_EQ(counted.at_percentile(0), 1U);
  EXPECT_EQ(counted.at_percentile(50), 1000U);
  EXPECT_EQ(counted.at_percentile(99), 1980U);
  EXPECT_EQ(counted.at_percentile(100), 2000U);
}

TEST(histogram, large_values_have_three_digits) {
  for (std::uint64_t value = 1; value < (1ULL << 62U); value = value * 3 + 1) {
    histogram counted;
    counted.count(value);
    counted.count(value * 2);
    auto const read = counted.at_percentile(50);
    EXPECT_GE(read, value);
    EXPECT_LE(read - value, value / 1000);
    EXPECT_EQ(counted.at_percentile(100), value * 2);
  }
}

TEST(histogram, a_rare_value_is_found_at_the_end_only) {
  histogram counted;
  for (int i = 0; i < 99'999; ++i) counted.count(100);
  counted.count(1'000'000);
  EXPECT_EQ(counted.at_percentile(99.99), 100U);
  EXPECT_EQ(counted.at_percentile(100), 1'000'000U);
}

TEST(histogram, without_values_all_is_zero) {
  EXPECT_EQ(histogram().at_percentile(50), 0U);
}

}  // namespace
