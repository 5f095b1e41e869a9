#include "definition/decimal.hpp"

#include <algorithm>
#include <charconv>

namespace sagad::definition {
namespace {

// Exponents past this are all alike: no text is long enough to make up for them.
constexpr std::int64_t exponent_most = 1'000'000'000'000;

std::int64_t exponent_of(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (read.ec == std::errc::result_out_of_range) return text.front() == '-' ? -exponent_most : exponent_most;
  return std::clamp(exponent, -exponent_most, exponent_most);
}

std::strong_ordering compare_sizes(const std::string& left, std::int64_t left_point, const std::string& right,
                                   std::int64_t right_point) noexcept {
  if (left.empty() || right.empty()) return left.size() <=> right.size();
  if (left_point != right_point) return left_point <=> right_point;
  return left.compare(right) <=> 0;
}

}  // namespace

decimal::decimal(std::string_view json_number) {
  negative_ = json_number.front() == '-';
  if (negative_) json_number.remove_prefix(1);
  const std::size_t exponent = std::min(json_number.find_first_of("eE"), json_number.size());
  const auto mantissa = json_number.substr(0, exponent);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  digits_ = mantissa.substr(0, point);
  if (point < mantissa.size()) digits_ += mantissa.substr(point + 1);
  point_ = static_cast<std::int64_t>(point);
  if (exponent < json_number.size()) point_ += exponent_of(json_number.substr(exponent + 1));
  const std::size_t first = std::min(digits_.find_first_not_of('0'), digits_.size());
  digits_.erase(0, first);
  point_ -= static_cast<std::int64_t>(first);
  while (!digits_.empty() && digits_.back() == '0') digits_.pop_back();
  if (digits_.empty()) {
    point_ = 0;
    negative_ = false;
  }
}

bool decimal::is_multiple_of(std::uint64_t divisor) const noexcept {
  if (!is_integer()) return false;
  std::uint64_t rest = 0;
  for (const char digit : digits_) rest = (rest * 10 + static_cast<std::uint64_t>(digit - '0')) % divisor;
  // What remains are factors of 10; the divisor has at most 59 of 2 and less of 5, so that further ones change nothing.
  const auto zeros = std::min<std::int64_t>(point_ - static_cast<std::int64_t>(digits_.size()), 64);
  for (std::int64_t at = 0; at < zeros; ++at) rest = rest * 10 % divisor;
  return rest == 0;
}

std::string decimal::text() const {
  return (negative_ ? "-0." : "0.") + digits_ + "e" + std::to_string(point_);
}

std::strong_ordering operator<=>(const decimal& left, const decimal& right) noexcept {
  if (left.negative_ != right.negative_) {
    return left.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  const auto sizes = compare_sizes(left.digits_, left.point_, right.digits_, right.point_);
  return left.negative_ ? 0 <=> sizes : sizes;
}

std::optional<std::int64_t> exact_integer(std::string_view json_number) {
  std::int64_t value = 0;
  const char* const end = json_number.data() + json_number.size();
  const auto read = std::from_chars(json_number.data(), end, value);
  if (read.ptr == end) return read.ec == std::errc() ? std::optional(value) : std::nullopt;
  // Written with a point or an exponent: rare.
  static const decimal least("-9223372036854775808");
  static const decimal most("9223372036854775807");
  const decimal exact(json_number);
  if (!exact.is_integer() || exact < least || exact > most) return std::nullopt;
  const std::string normal = exact.text();  // [-]0.DIGITSeN
  const std::size_t point = normal.find('.');
  const std::size_t exponent = normal.find('e');
  std::string digits = normal.substr(point + 1, exponent - point - 1);
  digits.append(static_cast<std::size_t>(std::stoll(normal.substr(exponent + 1))) - digits.size(), '0');
  digits.insert(0, normal.front() == '-' ? "-" : "");
  if (digits.empty()) return 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace sagad::definition
