#pragma once

#include <cstdint>

namespace sagad {

/// What part `number` (from 0) of so many `parts` gets of a limit that holds for all of them together; the first ones
/// get one of the remainder each.
constexpr std::uint64_t share_of(std::uint64_t whole, std::uint64_t parts, std::uint64_t number) noexcept {
  return whole / parts + (number < whole % parts ? 1 : 0);
}

}  // namespace sagad
