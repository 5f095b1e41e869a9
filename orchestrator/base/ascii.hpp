#pragma once

#include <array>
#include <cstdint>
#include <string_view>

/// Letters and digits of ASCII, whatever the process's locale is.
namespace sagad {

constexpr bool is_digit(char letter) noexcept {
  return letter >= '0' && letter <= '9';
}

constexpr bool is_lower(char letter) noexcept {
  return letter >= 'a' && letter <= 'z';
}

constexpr bool is_letter(char letter) noexcept {
  return is_lower(letter) || (letter >= 'A' && letter <= 'Z');
}

constexpr bool is_letter_or_digit(char letter) noexcept {
  return is_letter(letter) || is_digit(letter);
}

/// -1: it is no hexadecimal digit.
constexpr int hex_value(char letter) noexcept {
  if (is_digit(letter)) return letter - '0';
  const char lower = static_cast<char>(letter | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Each byte's two digits.
inline constexpr std::array<std::array<char, 2>, 256> hex_pairs = [] {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) table[byte] = {digits[byte >> 4U], digits[byte & 15U]};
  return table;
}();

/// Writes a byte's two digits, and returns what lies behind them.
constexpr char* put_hex(char* to, std::uint8_t byte) noexcept {
  *to++ = hex_pairs[byte][0];
  *to++ = hex_pairs[byte][1];
  return to;
}

constexpr bool is_hex_digit(char letter) noexcept {
  return hex_value(letter) >= 0;
}

}  // namespace sagad
