#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

/// One input, whatever its bytes: returns when all properties hold, else ends the process. Each target defines it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

/// What the targets share.
namespace sagad::fuzz {

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Ends the process where a property does not hold: that is how a fuzzer learns of it. `shown` is what it is about.
inline void expect(bool holds, std::string_view property, std::string_view shown = {}) {
  if (holds) return;
  std::cerr << "does not hold: " << property << '\n' << shown << std::endl;
  std::abort();
}

inline void expect_equal(std::string_view left, std::string_view right, std::string_view property) {
  if (left != right) expect(false, property, std::string(left) + "\n--- and ---\n" + std::string(right));
}

/// The first line of an input, and what follows it.
struct two_parts {
  std::string_view line;
  std::string_view rest;
};

inline two_parts cut_at_line_end(std::string_view text) noexcept {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return {text, {}};
  return {text.substr(0, end), text.substr(end + 1)};
}

}  // namespace sagad::fuzz
