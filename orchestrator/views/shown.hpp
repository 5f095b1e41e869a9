#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sagad::views {

/// What people are shown of where a saga is: engine::shown_state as a number. Kept in the views' files: a change of
/// what a number means is a new version of them.
enum class shown : std::uint8_t {
  running = 1,
  compensating = 2,
  stuck = 3,
  paused = 4,
  completed = 5,
  compensated = 6,
  resolved = 7,
};

inline constexpr std::uint8_t shown_count = 7;

constexpr bool is_final(shown state) noexcept {
  return state >= shown::completed;
}

/// A set of states.
using shown_set = std::uint8_t;
constexpr shown_set only(shown state) noexcept {
  return static_cast<shown_set>(1U << static_cast<unsigned>(state));
}
inline constexpr shown_set unfinished =
    only(shown::running) | only(shown::compensating) | only(shown::stuck) | only(shown::paused);

/// `running`, ...; "?" for a number without a name.
std::string_view name(shown state) noexcept;
std::optional<shown> parse_shown(std::string_view text) noexcept;

}  // namespace sagad::views
