#include "views/shown.hpp"

#include <array>

namespace sagad::views {
namespace {
constexpr std::array<std::string_view, shown_count + 1> words{"?",      "running",   "compensating", "stuck",
                                                              "paused", "completed", "compensated",  "resolved"};
}

std::string_view name(shown state) noexcept {
  const auto at = static_cast<std::size_t>(state);
  return at < words.size() ? words[at] : words[0];
}

std::optional<shown> parse_shown(std::string_view text) noexcept {
  for (std::size_t at = 1; at < words.size(); ++at) {
    if (words[at] == text) return static_cast<shown>(at);
  }
  return std::nullopt;
}

}  // namespace sagad::views
