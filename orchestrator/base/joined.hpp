#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sagad {

/// Appends pieces one behind the other. Their room is taken once: for lines that are put together for each request,
/// where a text that grows piece by piece costs more than what it says.
inline void append_joined(std::string& out, std::initializer_list<std::string_view> pieces) {
  const auto before = out.size();
  auto size = before;
  for (auto piece : pieces) size += piece.size();
  out.resize(size);
  auto* to = out.data() + before;
  for (auto piece : pieces) to += piece.copy(to, piece.size());
}

inline std::string joined(std::initializer_list<std::string_view> pieces) {
  std::string out;
  append_joined(out, pieces);
  return out;
}

}  // namespace sagad
