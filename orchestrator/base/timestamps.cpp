#include "base/timestamps.hpp"

#include <array>
#include <charconv>

namespace sagad {
namespace {

/// Takes a text apart from its front.
class reader {
 public:
  explicit reader(std::string_view text) noexcept : left_(text) {}

  bool empty() const noexcept { return left_.empty(); }
  bool good() const noexcept { return good_; }

  bool take(std::string_view any_of) noexcept {
    if (left_.empty() || any_of.find(left_.front()) == std::string_view::npos) return false;
    left_.remove_prefix(1);
    return true;
  }
  void literal(std::string_view any_of) noexcept { good_ = take(any_of) && good_; }
  unsigned digits(std::size_t count) noexcept {
    unsigned value = 0;
    const auto given = left_.substr(0, count);
    const auto parsed = std::from_chars(given.data(), given.data() + given.size(), value);
    good_ = good_ && given.size() == count && parsed.ec == std::errc() && parsed.ptr == given.data() + count;
    left_.remove_prefix(given.size());
    return value;
  }
  // Minutes east of Greenwich.
  int zone() noexcept {
    if (take("Zz")) return 0;
    const bool east = take("+");
    if (!east) literal("-");
    const auto hours = digits(2);
    literal(":");
    const auto minutes = digits(2);
    good_ = good_ && hours < 24 && minutes < 60;
    return (east ? 1 : -1) * static_cast<int>(hours * 60 + minutes);
  }
  // Of a second, as milliseconds; what is finer is cut.
  unsigned fraction() noexcept {
    if (!take(".")) return 0;
    unsigned value = 0;
    std::size_t count = 0;
    for (; !left_.empty() && left_.front() >= '0' && left_.front() <= '9'; left_.remove_prefix(1), ++count) {
      if (count < 3) value = value * 10 + static_cast<unsigned>(left_.front() - '0');
    }
    good_ = good_ && count > 0;
    for (; count < 3; ++count) value *= 10;
    return value;
  }

 private:
  std::string_view left_;
  bool good_ = true;
};

bool is_leap(int year) noexcept {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool is_day(int year, unsigned month, unsigned day) noexcept {
  constexpr std::array<unsigned, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= days[month - 1] + (month == 2 && is_leap(year) ? 1U : 0U);
}

// Since 1970, in the calendar of Gregory: by years that begin in March, so that a leap day is the last of its year, and
// by their cycle of 400 (H. Hinnant, "chrono-compatible low-level date algorithms", days_from_civil).
millis days_before(int year, unsigned month, unsigned day) noexcept {
  const int march_year = year - (month <= 2 ? 1 : 0);
  const int cycle = (march_year >= 0 ? march_year : march_year - 399) / 400;
  const auto year_of_cycle = static_cast<unsigned>(march_year - cycle * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
  return millis{cycle} * 146'097 + day_of_cycle - 719'468;
}

}  // namespace

std::optional<millis> parse_timestamp(std::string_view text) noexcept {
  reader from(text);
  const auto year = static_cast<int>(from.digits(4));
  from.literal("-");
  const auto month = from.digits(2);
  from.literal("-");
  const auto day = from.digits(2);
  if (!from.good() || !is_day(year, month, day)) return std::nullopt;
  const auto midnight = days_before(year, month, day) * 86'400'000;
  if (from.empty()) return midnight;
  from.literal("Tt");
  const auto hours_passed = from.digits(2);
  from.literal(":");
  const auto minutes_passed = from.digits(2);
  from.literal(":");
  const auto seconds_passed = from.digits(2);
  const auto more = from.fraction();
  const auto east = from.zone();
  const bool in_day = hours_passed < 24 && minutes_passed < 60 && seconds_passed <= 60;
  if (!from.good() || !from.empty() || !in_day) return std::nullopt;
  return midnight + (millis{hours_passed} * 3600 + (millis{minutes_passed} - east) * 60 + seconds_passed) * 1000 + more;
}

}  // namespace sagad
