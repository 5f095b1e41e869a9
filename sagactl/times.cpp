#include "sagactl/times.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace sagad::sagactl {
namespace {

struct unit {
  std::string_view name;
  std::int64_t ms;
};

// "ms" before "m" and "s": the longest name that fits is meant.
constexpr std::array<unit, 4> units{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::int64_t year_ms = std::int64_t{366} * 24 * 3'600'000;

// `count` digits of `text` at `from`.
std::optional<int> digits(std::string_view text, std::size_t from, std::size_t count) {
  int value = 0;
  const auto* begin = text.data() + from;
  const auto read = std::from_chars(begin, begin + count, value);
  if (read.ec != std::errc() || read.ptr != begin + count || *begin == '-') return std::nullopt;
  return value;
}

std::string two_units(std::int64_t large, const char* large_name, std::int64_t small, const char* small_name) {
  std::string out = std::to_string(large) + large_name;
  if (small != 0) out += " " + std::to_string(small) + small_name;
  return out;
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  if (read.ec != std::errc() || count < 0) return std::nullopt;
  const std::string_view name(read.ptr, static_cast<std::size_t>(end - read.ptr));
  for (const auto& one : units) {
    if (one.name == name) return count > year_ms / one.ms ? std::nullopt : std::optional(milliseconds(count * one.ms));
  }
  return std::nullopt;
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

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00.000Z";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t at = 0; at < shape.size(); ++at) {
    if (shape[at] != '0' && text[at] != shape[at]) return std::nullopt;
  }
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  const auto ms = digits(text, 20, 3);
  if (!year || !month || !day || !hour || !minute || !second || !ms) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::int64_t days = sys_days(date).time_since_epoch().count();
  return ((days * 24 + *hour) * 60 + *minute) * 60'000 + *second * 1000 + *ms;
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
