#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

/// Characters of texts that are known to be UTF-8.
namespace sagad {

/// Whether a byte goes on with the character before it.
constexpr bool continues_character(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

constexpr std::size_t characters(std::string_view text) noexcept {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues_character));
}

/// The whole characters within its first bytes.
constexpr std::string_view beginning(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && continues_character(text[bytes_max])) --bytes_max;
  return text.substr(0, bytes_max);
}

/// Its first characters, at most so many.
constexpr std::string_view first_characters(std::string_view text, std::size_t count) noexcept {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!continues_character(text[at]) && count-- == 0) return text.substr(0, at);
  }
  return text;
}

}  // namespace sagad
