#include "definition/decimal.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace sagad::definition {
namespace {

TEST(decimal, compares_by_value_and_never_rounds) {
  const std::vector<std::string> ascending = {"-1e400",
                                              "-123456789012345678901234567890.5",
                                              "-2",
                                              "-1.5",
                                              "-1e-400",
                                              "0",
                                              "1e-400",
                                              "0.1",
                                              "0.10000000000000000000000000000001",
                                              "1",
                                              "1.5",
                                              "12",
                                              "123",
                                              "9223372036854775807",
                                              "9223372036854775808",
                                              "1e400",
                                              "1e99999999999999999999"};
  for (std::size_t left = 0; left < ascending.size(); ++left) {
    for (std::size_t right = 0; right < ascending.size(); ++right) {
      EXPECT_EQ(decimal(ascending[left]) <=> decimal(ascending[right]), left <=> right)
          << ascending[left] << " " << ascending[right];
    }
  }
}

TEST(decimal, has_one_value_for_all_ways_to_write_it) {
  EXPECT_EQ(decimal("1"), decimal("1.0"));
  EXPECT_EQ(decimal("10"), decimal("1e1"));
  EXPECT_EQ(decimal("0.5"), decimal("50E-2"));
  EXPECT_EQ(decimal("-0"), decimal("0.000e5"));
  EXPECT_EQ(decimal("120.50").text(), decimal("1205e-1").text());
  EXPECT_NE(decimal("1"), decimal("-1"));
}

TEST(decimal, knows_integers_however_written) {
  for (const auto* text : {"0", "-0.0", "7", "7.0", "70e-1", "1e400", "0.5e1"})
    EXPECT_TRUE(decimal(text).is_integer()) << text;
  for (const auto* text : {"0.5", "7.01", "7e-1", "1e-400"}) EXPECT_FALSE(decimal(text).is_integer()) << text;
}

TEST(exact_integer, is_there_within_64_bits_only) {
  EXPECT_EQ(exact_integer("0"), 0);
  EXPECT_EQ(exact_integer("-0.0"), 0);
  EXPECT_EQ(exact_integer("1.5e1"), 15);
  EXPECT_EQ(exact_integer("-12e2"), -1200);
  EXPECT_EQ(exact_integer("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(exact_integer("9223372036854775807.0"), INT64_MAX);
  EXPECT_EQ(exact_integer("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(exact_integer("-9.223372036854775808e18"), INT64_MIN);
  for (const auto* text : {"9223372036854775808", "9223372036854775808.0", "-9223372036854775809", "1.5", "1e19",
                           "1e400", "1e-1", "1e99999999999999999999"}) {
    EXPECT_EQ(exact_integer(text), std::nullopt) << text;
  }
}

TEST(decimal, agrees_with_exact_arithmetic_on_random_numbers) {
  std::mt19937_64 random(4711);
  for (int round = 0; round < 20'000; ++round) {
    const auto left = static_cast<std::int64_t>(random()) >> (random() % 60);
    const auto right = static_cast<std::int64_t>(random()) >> (random() % 60);
    const auto text = [&](std::int64_t number) {
      return round % 2 == 0 ? std::to_string(number) : std::to_string(number) + "00.0e-2";
    };
    ASSERT_EQ(decimal(text(left)) <=> decimal(std::to_string(right)), left <=> right) << left << " " << right;
    ASSERT_EQ(exact_integer(text(left)), left);
  }
}

}  // namespace
}  // namespace sagad::definition
