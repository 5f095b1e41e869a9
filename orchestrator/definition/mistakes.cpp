#include "definition/mistakes.hpp"

#include <string_view>

#include "base/utf8.hpp"

namespace sagad::definition {

std::vector<mistake> in_characters(std::vector<mistake> mistakes, std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  for (auto& one : mistakes) {
    if (one.line > lines.size()) continue;  // after the end
    const auto before = lines[one.line - 1].substr(0, one.column - 1);
    const auto continued = std::count_if(before.begin(), before.end(), continues_character);
    one.column -= static_cast<std::uint32_t>(continued);
  }
  return mistakes;
}

}  // namespace sagad::definition
