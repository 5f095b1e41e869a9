#pragma once

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

constexpr bool is_hex_digit(char letter) noexcept {
  return hex_value(letter) >= 0;
}

}  // namespace sagad
