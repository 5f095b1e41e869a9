#include "participants/sdk/number_text.hpp"

#include <charconv>
#include <iterator>
#include <limits>
#include <string>

namespace sagad::participants {
namespace {

constexpr std::int64_t int64_digits_max = 19;

/// Past what it can hold it stays far out: only its sign matters there.
std::int64_t exponent_of(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::int32_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc()) value = std::numeric_limits<std::int32_t>::max();
  return negative ? -std::int64_t{value} : value;
}

}  // namespace

std::optional<std::int64_t> integer_worth(std::string_view text) {
  const auto mark = text.find_first_of("eE");
  std::int64_t zeros = mark == std::string_view::npos ? 0 : exponent_of(text.substr(mark + 1));
  text = text.substr(0, mark);
  std::string digits;
  if (text.starts_with('-')) digits = "-";
  const auto sign_size = static_cast<std::int64_t>(digits.size());
  bool behind_point = false;
  for (const char one : text.substr(digits.size())) {
    if (one == '.') {
      behind_point = true;
      continue;
    }
    if (behind_point) --zeros;
    if (one != '0' || std::ssize(digits) > sign_size) digits += one;
  }
  if (std::ssize(digits) == sign_size) return 0;
  while (digits.back() == '0') {
    digits.pop_back();
    ++zeros;
  }
  if (zeros < 0 || std::ssize(digits) - sign_size + zeros > int64_digits_max) return std::nullopt;
  digits.append(static_cast<std::size_t>(zeros), '0');
  std::int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return read.ec == std::errc() ? std::optional(value) : std::nullopt;
}

}  // namespace sagad::participants
