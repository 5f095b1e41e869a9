#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sagad {
namespace pieces {

/// A literal's size is known when it is compiled, and its copy is then a few moves.
template <std::size_t Size>
constexpr std::string_view of(const char (&literal)[Size]) noexcept {
  return {literal, Size - 1};
}

constexpr std::string_view of(std::string_view piece) noexcept {
  return piece;
}

}  // namespace pieces

/// Appends pieces one behind the other: literals, and what is a std::string_view. Their room is taken once: for lines
/// that are put together for each request, where a text that grows piece by piece costs more than what it says. An
/// array of characters is taken for a literal: all of it but the last.
template <typename... Pieces>
void append_joined(std::string& out, const Pieces&... each) {
  const auto before = out.size();
  out.resize(before + (std::size_t{0} + ... + pieces::of(each).size()));
  [[maybe_unused]] auto* to = out.data() + before;
  [[maybe_unused]] const auto put = [&to](std::string_view piece) __attribute__((always_inline)) {
    std::char_traits<char>::copy(to, piece.data(), piece.size());
    to += piece.size();
  };
  (put(pieces::of(each)), ...);
}

template <typename... Pieces>
std::string joined(const Pieces&... each) {
  std::string out;
  append_joined(out, each...);
  return out;
}

}  // namespace sagad
