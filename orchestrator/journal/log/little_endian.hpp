#pragma once

#include <bit>
#include <concepts>
#include <cstring>

namespace sagad::journal::log {

/// The format's numbers are little-endian wherever it is written. `at` needs no alignment.
template <std::integral Number>
Number get(const char* at) noexcept {
  static_assert(std::endian::native == std::endian::little, "swap here before the log is built for such a machine");
  Number value{};
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <std::integral Number>
void put(char* at, Number value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

}  // namespace sagad::journal::log
