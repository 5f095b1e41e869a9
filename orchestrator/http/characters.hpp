#pragma once

#include <algorithm>
#include <string_view>

/// Which characters may stand where in a message's framing (RFC 9110 5.5, 5.6).
namespace sagad::http {

constexpr bool is_token_char(char c) noexcept {
  return c > ' ' && c < 0x7f && std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
}

constexpr bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

/// In a field's value, or in quotes: no controls.
constexpr bool is_text_char(char c) noexcept {
  return is_blank(c) || (static_cast<unsigned char>(c) > ' ' && c != 0x7f);
}

/// Takes what passes off the front.
template <class Passes>
constexpr std::string_view take_while(std::string_view& text, Passes passes) noexcept {
  auto const end = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), passes) - text.begin());
  auto const taken = text.substr(0, end);
  text.remove_prefix(end);
  return taken;
}

}  // namespace sagad::http
