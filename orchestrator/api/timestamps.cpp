#include "api/timestamps.hpp"

#include <charconv>
#include <chrono>

namespace sagad::api {
namespace {

/// Takes a text apart from its front.
class reader {
 public:
  explicit reader(std::string_view text) noexcept : left_(text) {}

  bool empty() const noexcept { return left_.empty(); }
  bool good() const noexcept { return good_; }

  void literal(char letter) noexcept {
    good_ = good_ && left_.starts_with(letter);
    left_.remove_prefix(left_.empty() ? 0 : 1);
  }
  unsigned digits(std::size_t count) noexcept {
    unsigned value = 0;
    const auto given = left_.substr(0, count);
    const auto parsed = std::from_chars(given.data(), given.data() + given.size(), value);
    good_ = good_ && given.size() == count && parsed.ec == std::errc() && parsed.ptr == given.data() + count;
    left_.remove_prefix(given.size());
    return value;
  }
  // Of a second, as milliseconds; what is finer is cut.
  unsigned fraction() noexcept {
    if (!left_.starts_with('.')) return 0;
    left_.remove_prefix(1);
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

}  // namespace

std::optional<millis> parse_timestamp(std::string_view text) noexcept {
  using namespace std::chrono;
  reader from(text);
  const auto year_number = from.digits(4);
  from.literal('-');
  const auto month_number = from.digits(2);
  from.literal('-');
  const auto day_number = from.digits(2);
  const year_month_day date{year{static_cast<int>(year_number)}, month{month_number}, day{day_number}};
  if (!from.good() || !date.ok()) return std::nullopt;
  const auto midnight = duration_cast<milliseconds>(sys_days(date).time_since_epoch()).count();
  if (from.empty()) return midnight;
  from.literal('T');
  const auto hours_passed = from.digits(2);
  from.literal(':');
  const auto minutes_passed = from.digits(2);
  from.literal(':');
  const auto seconds_passed = from.digits(2);
  const auto more = from.fraction();
  from.literal('Z');
  const bool in_day = hours_passed < 24 && minutes_passed < 60 && seconds_passed < 60;
  if (!from.good() || !from.empty() || !in_day) return std::nullopt;
  return midnight + (millis{hours_passed} * 3600 + minutes_passed * 60 + seconds_passed) * 1000 + more;
}

}  // namespace sagad::api
