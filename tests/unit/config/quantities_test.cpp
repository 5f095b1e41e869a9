#include "config/quantities.hpp"

#include <gtest/gtest.h>

namespace sagad::config {
namespace {

TEST(quantities, bytes_are_read_by_their_unit) {
  const std::pair<const char*, std::uint64_t> cases[] = {
      {"0B", 0}, {"1B", 1}, {"4KiB", 4096}, {"64MiB", 64ULL << 20U}, {"2GiB", 2ULL << 30U}, {"1TiB", 1ULL << 40U}};
  for (const auto& [text, bytes] : cases) {
    EXPECT_EQ(parse_bytes(text), (std::variant<std::uint64_t, std::string>(bytes))) << text;
    EXPECT_EQ(format_bytes(bytes), text);
  }
}

TEST(quantities, durations_are_read_by_their_unit) {
  const std::pair<const char*, std::uint64_t> cases[] = {{"0s", 0},       {"500ms", 500},      {"10s", 10'000},
                                                         {"5m", 300'000}, {"24h", 86'400'000}, {"7d", 604'800'000},
                                                         {"90s", 90'000}, {"1500ms", 1500}};
  for (const auto& [text, duration] : cases) {
    EXPECT_EQ(parse_duration(text), (std::variant<std::uint64_t, std::string>(duration))) << text;
    EXPECT_EQ(parse_duration(format_duration(static_cast<millis>(duration))), parse_duration(text));
  }
  EXPECT_EQ(format_duration(86'400'000), "1d");
  EXPECT_EQ(format_duration(90'000), "90s");
}

TEST(quantities, what_is_no_quantity_is_told_why) {
  const std::pair<const char*, const char*> bytes[] = {{"64", "lacks its unit"},
                                                       {"64MB", "`MB` is no unit here"},
                                                       {"64 MiB", "` MiB` is no unit here"},
                                                       {"64mib", "no unit here"},
                                                       {"1.5MiB", "no unit here"},
                                                       {"-1B", "is none"},
                                                       {"", "is none"},
                                                       {"MiB", "is none"},
                                                       {"99999999999999999999B", "too large"},
                                                       {"9999999999TiB", "too large"}};
  for (const auto& [text, why] : bytes) {
    const auto read = parse_bytes(text);
    ASSERT_TRUE(std::holds_alternative<std::string>(read)) << text;
    EXPECT_NE(std::get<std::string>(read).find(why), std::string::npos) << std::get<std::string>(read);
  }
  for (const char* text : {"10", "10min", "10S", "10 s", "1h30m", "s", "99999999999999d"}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_duration(text))) << text;
  }
  for (const char* text : {"", "1s", "+1", "-1", "1.0", "0x1", " 1", "1 ", "99999999999999999999"}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_count(text))) << text;
  }
}

TEST(quantities, a_long_value_is_cut_in_messages) {
  const auto read = parse_count(std::string(10'000, 'x'));
  EXPECT_LT(std::get<std::string>(read).size(), 200U);
}

}  // namespace
}  // namespace sagad::config
