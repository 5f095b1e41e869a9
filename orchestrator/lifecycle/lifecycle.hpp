#pragma once

#include <cstdint>
#include <string_view>

/// The phases of a saga and the moves between them: the one place that says which move is allowed.
///
/// Behind this header stands a Boost.MSM transition table; neither MSM nor C++20 shows here, because the table's unit
/// is compiled as C++17 (docs/decisions/0001-lifecycle-is-cxx17.md). Stuck is no phase: it is a set of blocked
/// operations.
///
/// The numbers of both enums are written to journals and never change; a new one takes the next free number.

namespace sagad::lifecycle {

/// Direction and hold in one value. Backward never becomes forward again; the last three are final.
enum class phase : std::uint8_t {
  forward = 1,
  backward = 2,
  paused_forward = 3,
  paused_backward = 4,
  completed = 5,
  compensated = 6,
  resolved = 7,
};

enum class trigger : std::uint8_t {
  all_done = 1,    ///< every step is done: nothing is left to call
  turn_back = 2,   ///< a rejection, a spent budget, the deadline, cancel, compensate
  all_undone = 3,  ///< nothing is left to undo
  pause = 4,
  resume = 5,
  resolve = 6,  ///< closed by hand
};

/// The answer of one cell of the table: where the saga is afterwards. An illegal move leaves the phase as it was.
struct cell {
  phase next;
  bool legal;
};

/// Total: every pair of values has an answer, numbers without a name included (illegal, unchanged). Holds no state,
/// so any thread may call it at any time; some nanoseconds, no allocation.
cell step(phase from, trigger on) noexcept;

constexpr bool is_final(phase p) noexcept {
  return p == phase::completed || p == phase::compensated || p == phase::resolved;
}
constexpr bool is_backward(phase p) noexcept {
  return p == phase::backward || p == phase::paused_backward;
}
constexpr bool is_paused(phase p) noexcept {
  return p == phase::paused_forward || p == phase::paused_backward;
}

/// Whether a number read from a journal names a phase.
constexpr bool is_phase(std::uint8_t number) noexcept {
  return number >= 1 && number <= 7;
}

/// The word of the enum; "?" for a number without a name.
std::string_view name(phase p) noexcept;
std::string_view name(trigger t) noexcept;

}  // namespace sagad::lifecycle
