#include "sagactl/times.hpp"

#include <array>
#include <cstdio>

#include "definition/quantity.hpp"

namespace sagad::sagactl {
namespace {

std::string two_units(std::int64_t large, const char* large_name, std::int64_t small, const char* small_name) {
  std::string out = std::to_string(large) + large_name;
  if (small != 0) out += " " + std::to_string(small) + small_name;
  return out;
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  const auto duration = definition::parse_duration(text);
  return duration ? std::optional(milliseconds(*duration)) : std::nullopt;
}

std::string duration_text(milliseconds much) {
  const auto ms = much.count();
  if (ms < 1000) return std::to_string(ms) + "ms";
  const auto seconds = ms / 1000;
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return two_units(seconds / 60, "m", seconds % 60, "s");
  if (seconds < 86'400) return two_units(seconds / 3600, "h", seconds / 60 % 60, "m");
  return two_units(seconds / 86'400, "d", seconds / 3600 % 24, "h");
}

std::string timestamp_text(std::int64_t at) {
  using namespace std::chrono;
  const sys_time<milliseconds> moment{milliseconds(at)};
  const auto midnight = floor<days>(moment);
  const year_month_day date{midnight};
  const hh_mm_ss time{moment - midnight};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int{date.year()},
                unsigned{date.month()}, unsigned{date.day()}, static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  return text.data();
}

std::string relative_text(std::string_view timestamp, std::int64_t now) {
  const auto at = parse_timestamp(timestamp);
  if (!at) return std::string(timestamp);
  return *at > now ? "in " + duration_text(milliseconds(*at - now)) : duration_text(milliseconds(now - *at)) + " ago";
}

}  // namespace sagad::sagactl
