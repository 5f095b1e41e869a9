#include "api/event_place.hpp"

#include <charconv>

#include "base/digest.hpp"

namespace sagad::api {
namespace {

constexpr std::size_t seal_digits = 12;

template <typename Number>
bool take_number(std::string_view& text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

std::string event_places::text(const event_place& place) const {
  auto text = std::to_string(place.from.at) + "." + std::to_string(place.behind);
  const auto seal = digest_of(std::to_string(journal_) + "/" + text).hex().substr(0, seal_digits);
  return text + "." + seal;
}

std::optional<event_place> event_places::parse(std::string_view text) const {
  event_place place;
  auto rest = text;
  if (!take_number(rest, place.from.at) || !rest.starts_with('.')) return std::nullopt;
  rest.remove_prefix(1);
  if (!take_number(rest, place.behind) || place.behind > behind_max) return std::nullopt;
  if (this->text(place) != text) return std::nullopt;
  return place;
}

}  // namespace sagad::api
