#include "api/durations.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace sagad::api {

std::optional<millis> parse_duration(std::string_view text) noexcept {
  constexpr millis longest = millis{366} * 24 * 3'600'000;
  constexpr std::array<std::pair<std::string_view, millis>, 4> units{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
  millis number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  for (const auto& [name, factor] : units) {
    if (unit == name && number <= longest / factor) return number * factor;
  }
  return std::nullopt;
}

}  // namespace sagad::api
