#include "definition/quantity.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/ascii.hpp"

namespace sagad::definition {
namespace {

struct unit {
  std::string_view name;
  millis length_ms;
};

// Largest first.
constexpr unit units[] = {{"d", day_ms}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};

}  // namespace

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

std::optional<std::uint32_t> parse_factor(std::string_view text) noexcept {
  const std::size_t point = std::min(text.find('.'), text.size());
  const auto whole = text.substr(0, point);
  const auto places = point == text.size() ? std::string_view("0") : text.substr(point + 1);
  const bool fits = !whole.empty() && whole.size() <= 3 && !places.empty() && places.size() <= 3 &&
                    std::all_of(whole.begin(), whole.end(), is_digit) &&
                    std::all_of(places.begin(), places.end(), is_digit);
  if (!fits) return std::nullopt;
  std::uint32_t permille = 0;
  for (const char digit : whole) permille = permille * 10 + static_cast<std::uint32_t>(digit - '0');
  for (std::size_t at = 0; at < 3; ++at) {
    permille = permille * 10 + (at < places.size() ? static_cast<std::uint32_t>(places[at] - '0') : 0U);
  }
  if (permille < 1000 || permille > 100'000) return std::nullopt;
  return permille;
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
