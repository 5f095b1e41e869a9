#pragma once

#include <cstdint>

namespace sagad::simulation {

/// Versions of the program that differ in what they ask next (`engine::outstanding`), and each of them may: which of
/// the released operations a process calls first, and how many of them at the same time, is told by no record.
enum class version : std::uint8_t {
  this_one,
  in_reverse,     ///< asks what was released last first
  one_at_a_time,  ///< asks that alone until it is answered, accepted or to be asked again later
};
inline constexpr unsigned versions = 3;

inline const char* name(version of) {
  constexpr const char* names[] = {"this one", "in reverse", "one at a time"};
  return names[static_cast<unsigned>(of)];
}

/// The version that runs from now on.
void run_version(version wanted) noexcept;

}  // namespace sagad::simulation
