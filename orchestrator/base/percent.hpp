#pragma once

#include <string>
#include <string_view>

#include "base/ascii.hpp"

namespace sagad {

/// What stands for itself in a URL, by RFC 3986, 2.3.
constexpr bool is_unreserved(char letter) noexcept {
  return is_letter_or_digit(letter) || letter == '-' || letter == '.' || letter == '_' || letter == '~';
}

/// `%2F` for a slash.
struct percent_code {
  explicit constexpr percent_code(char letter) noexcept
      : letters{'%', "0123456789ABCDEF"[static_cast<unsigned char>(letter) >> 4U],
                "0123456789ABCDEF"[static_cast<unsigned char>(letter) & 0x0FU]} {}
  constexpr operator std::string_view() const noexcept { return {letters, sizeof letters}; }

  char letters[3];
};

/// A text as it stands in a query or as one part of a path.
inline std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (is_unreserved(letter)) {
      out += letter;
    } else {
      out += std::string_view(percent_code(letter));
    }
  }
  return out;
}

}  // namespace sagad
