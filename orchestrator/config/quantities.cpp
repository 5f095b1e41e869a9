#include "config/quantities.hpp"

#include <charconv>
#include <limits>
#include <span>

namespace sagad::config {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t worth;
};

// Descending, so that the first one that divides a value writes it shortest.
constexpr unit byte_units[] = {
    {"TiB", 1ULL << 40U}, {"GiB", 1ULL << 30U}, {"MiB", 1ULL << 20U}, {"KiB", 1ULL << 10U}, {"B", 1}};
constexpr unit time_units[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};

std::string quoted(std::string_view text) {
  constexpr std::size_t shown_max = 80;
  return "`" + std::string(text.substr(0, shown_max)) + (text.size() > shown_max ? "...`" : "`");
}

std::variant<std::uint64_t, std::string> parse(std::string_view text, std::span<const unit> units,
                                               std::string_view how) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc::result_out_of_range) return quoted(text) + " is too large";
  if (read.ec != std::errc()) return quoted(text) + " is none: write " + std::string(how);
  const std::string_view suffix(read.ptr, static_cast<std::size_t>(end - read.ptr));
  if (suffix.empty()) return quoted(text) + " lacks its unit: write " + std::string(how);
  for (const auto& candidate : units) {
    if (candidate.name != suffix) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / candidate.worth) return quoted(text) + " is too large";
    return number * candidate.worth;
  }
  return quoted(suffix) + " is no unit here: write " + std::string(how);
}

std::string format(std::uint64_t value, std::span<const unit> units, std::string_view zero) {
  if (value == 0) return std::string(zero);
  for (const auto& candidate : units) {
    if (value % candidate.worth == 0) return std::to_string(value / candidate.worth) + std::string(candidate.name);
  }
  return std::to_string(value) + std::string(units.back().name);
}

}  // namespace

std::variant<std::uint64_t, std::string> parse_bytes(std::string_view text) {
  return parse(text, byte_units, "a whole number with B, KiB, MiB, GiB or TiB right behind it, as in 64MiB");
}

std::variant<std::uint64_t, std::string> parse_duration(std::string_view text) {
  return parse(text, time_units, "a whole number with ms, s, m, h or d right behind it, as in 500ms or 10s");
}

std::variant<std::uint64_t, std::string> parse_count(std::string_view text) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc::result_out_of_range) return quoted(text) + " is too large";
  if (read.ec != std::errc() || read.ptr != end) return quoted(text) + " is no whole number: write digits only";
  return number;
}

std::string format_bytes(std::uint64_t bytes) {
  return format(bytes, byte_units, "0B");
}

std::string format_duration(millis duration) {
  return format(static_cast<std::uint64_t>(duration), time_units, "0s");
}

}  // namespace sagad::config
