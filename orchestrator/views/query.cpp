#include "views/query.hpp"

#include "engine/engine.hpp"

namespace sagad::views {

std::optional<std::int64_t> parse_error(std::string_view text) {
  if (text == "internal") return internal_error;
  for (std::uint8_t number = 1; number < internal_error; ++number) {
    const auto known = engine::name(static_cast<engine::cause>(number));
    if (known == "?") return std::nullopt;
    if (known == text) return number;
  }
  return std::nullopt;
}

}  // namespace sagad::views
