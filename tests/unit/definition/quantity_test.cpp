#include "definition/quantity.hpp"

#include <gtest/gtest.h>

namespace sagad::definition {
namespace {

TEST(duration, needs_a_whole_number_and_a_unit) {
  EXPECT_EQ(parse_duration("250ms"), 250);
  EXPECT_EQ(parse_duration("30s"), 30'000);
  EXPECT_EQ(parse_duration("10m"), 600'000);
  EXPECT_EQ(parse_duration("24h"), 86'400'000);
  EXPECT_EQ(parse_duration("7d"), 7 * day_ms);
  EXPECT_EQ(parse_duration("0s"), 0);
  for (const auto* text : {"", "5", "s", "-5s", "+5s", " 5s", "5 s", "5s ", "1.5s", "5S", "5sec", "1h30m", "0x5s",
                           "99999999999999999999s", "3651d", "1e3s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(duration, is_guessed_of_what_other_tools_write) {
  EXPECT_EQ(likely_duration("2 s"), 2000);
  EXPECT_EQ(likely_duration("2sec"), 2000);
  EXPECT_EQ(likely_duration("1.5h"), 5'400'000);
  EXPECT_EQ(likely_duration("1m30s"), 90'000);
  EXPECT_EQ(likely_duration("1 Hour, 1s"), std::nullopt);
  EXPECT_EQ(likely_duration("2 Days"), 2 * day_ms);
  EXPECT_EQ(likely_duration("1w"), 7 * day_ms);
  for (const auto* text :
       {"", "s", "5", "0s", "1.2.3s", ".s", "0.0001s", "-5s", "99999999999s", "9999999d", "3x", "s5"}) {
    EXPECT_EQ(likely_duration(text), std::nullopt) << text;
  }
}

TEST(duration, is_written_in_the_largest_unit_that_holds_it) {
  for (const auto* text :
       {"0s", "1ms", "999ms", "1s", "59s", "1m", "90s", "90m", "1h", "1d", "25h", "86400001ms", "3650d"}) {
    EXPECT_EQ(duration_text(parse_duration(text).value()), text);
  }
  EXPECT_EQ(duration_text(60'000), "1m");
}

TEST(factor, has_three_places_at_most) {
  EXPECT_EQ(parse_factor("2"), 2000U);
  EXPECT_EQ(parse_factor("1.5"), 1500U);
  EXPECT_EQ(parse_factor("1.025"), 1025U);
  EXPECT_EQ(parse_factor("100"), 100'000U);
  EXPECT_EQ(parse_factor("100.0000"), 100'000U);
  EXPECT_EQ(parse_factor("15e-1"), 1500U);
  EXPECT_EQ(parse_factor("1E+2"), 100'000U);
  for (const auto* text : {"0", "0.999", "100.001", "1.0001", "-2", "1000", "1e99999", "1e999", "10001e-4"}) {
    EXPECT_EQ(parse_factor(text), std::nullopt) << text;
  }
  EXPECT_EQ(factor_text(2000), "2");
  EXPECT_EQ(factor_text(1500), "1.5");
  EXPECT_EQ(factor_text(1025), "1.025");
}

TEST(name, begins_with_a_letter_and_has_64_at_most) {
  EXPECT_TRUE(is_name("a"));
  EXPECT_TRUE(is_name("a-1_b"));
  EXPECT_TRUE(is_name(std::string(64, 'a')));
  for (const auto* text : {"", "1a", "-a", "_a", "A", "aB", "a b", "a.b", "\xC3\xA9"})
    EXPECT_FALSE(is_name(text)) << text;
  EXPECT_FALSE(is_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace sagad::definition
