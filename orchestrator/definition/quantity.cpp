#include "definition/quantity.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>

#include "base/ascii.hpp"
#include "definition/decimal.hpp"

namespace sagad::definition {
namespace {

struct unit {
  std::string_view name;
  millis length_ms;
};

// Largest first.
constexpr unit units[] = {{"d", day_ms}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};

// As people write the units elsewhere: an S at the end is left out.
std::optional<millis> length_of_word(std::string word) {
  if (word.size() > 2 && word.back() == 's') word.pop_back();
  if (word == "ms" || word == "msec" || word == "millisecond" || word == "milli") return 1;
  if (word == "s" || word == "sec" || word == "second") return 1000;
  if (word == "m" || word == "min" || word == "minute") return 60'000;
  if (word == "h" || word == "hr" || word == "hour") return 3'600'000;
  if (word == "d" || word == "day") return day_ms;
  if (word == "w" || word == "week") return 7 * day_ms;
  return std::nullopt;
}

// Takes what `fits` from the beginning of the text.
template <typename Fits>
std::string_view taken(std::string_view& text, Fits&& fits) {
  const auto* const end = std::find_if_not(text.begin(), text.end(), fits);
  const auto part = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(part.size());
  return part;
}

}  // namespace

std::optional<millis> likely_duration(std::string_view text) {
  constexpr std::size_t digits_max = 9;
  const auto is_blank = [](char letter) { return letter == ' '; };
  millis whole = 0;
  while (!text.empty()) {
    const auto number = taken(text, [](char letter) { return is_digit(letter) || letter == '.'; });
    taken(text, is_blank);
    std::string unit(taken(text, is_letter));
    taken(text, is_blank);
    std::transform(unit.begin(), unit.end(), unit.begin(),
                   [](char letter) { return static_cast<char>(letter | 0x20); });
    const auto length = length_of_word(unit);
    const std::size_t point = std::min(number.find('.'), number.size());
    millis count = 0;
    millis parts = 1;  // in which it is counted
    for (std::size_t at = 0; at < number.size(); ++at) {
      if (at == point) continue;
      if (!is_digit(number[at]) || at > digits_max) return std::nullopt;
      count = count * 10 + (number[at] - '0');
      if (at > point) parts *= 10;
    }
    if (number.empty() || !length || count * *length % parts != 0) return std::nullopt;
    whole += count * *length / parts;
  }
  if (whole == 0 || whole > 3650 * day_ms) return std::nullopt;
  return whole;
}

std::optional<millis> parse_duration(std::string_view text) noexcept {
  millis count = 0;
  const auto number = std::from_chars(text.data(), text.data() + text.size(), count);
  if (number.ec != std::errc() || text.empty() || !is_digit(text.front())) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(number.ptr - text.data()));
  for (const auto& candidate : units) {
    if (candidate.name != name) continue;
    if (count > 3650 * day_ms / candidate.length_ms) return std::nullopt;
    return count * candidate.length_ms;
  }
  return std::nullopt;
}

std::string duration_text(millis duration) {
  if (duration == 0) return "0s";
  for (const auto& candidate : units) {
    if (duration % candidate.length_ms == 0) {
      return std::to_string(duration / candidate.length_ms) + std::string(candidate.name);
    }
  }
  return std::to_string(duration) + "ms";
}

std::optional<std::uint32_t> parse_factor(std::string_view json_number) {
  constexpr std::size_t exponent_bytes_max = 4;
  const std::size_t exponent = std::min(json_number.find_first_of("eE"), json_number.size());
  long power = 3;
  if (exponent < json_number.size()) {
    if (json_number.size() - exponent > exponent_bytes_max) return std::nullopt;
    power += std::stol(std::string(json_number.substr(exponent + 1)));
  }
  const auto permille = exact_integer(std::string(json_number.substr(0, exponent)) + "e" + std::to_string(power));
  if (!permille || *permille < 1000 || *permille > 100'000) return std::nullopt;
  return static_cast<std::uint32_t>(*permille);
}

std::string factor_text(std::uint32_t permille) {
  std::string text = std::to_string(permille / 1000);
  std::string places = std::to_string(1000 + permille % 1000).substr(1);
  while (!places.empty() && places.back() == '0') places.pop_back();
  return places.empty() ? text : text + "." + places;
}

bool is_name(std::string_view text) noexcept {
  constexpr std::size_t name_bytes_max = 64;
  if (text.empty() || text.size() > name_bytes_max || !is_lower(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char letter) {
    return is_lower(letter) || is_digit(letter) || letter == '_' || letter == '-';
  });
}

}  // namespace sagad::definition
