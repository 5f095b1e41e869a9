#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "definition/schema/schema_node.hpp"
#include "json/json.hpp"

namespace sagad::definition {

std::string comparable(std::string_view raw) {
  const std::string sorted = json::canonical(raw);
  std::string text;
  for (std::size_t at = 0; at < sorted.size();) {
    const char letter = sorted[at];
    std::size_t end = at + 1;
    if (letter == '"') {
      for (; sorted[end] != '"'; ++end) end += sorted[end] == '\\' ? 1U : 0U;
      ++end;
    } else if (letter == '-' || is_digit(letter)) {
      end = std::min(sorted.find_first_of(",]}", at), sorted.size());
      text += decimal(std::string_view(sorted).substr(at, end - at)).text();
      at = end;
      continue;
    }
    text.append(sorted, at, end - at);
    at = end;
  }
  return text;
}

std::string type_names(std::uint8_t types) {
  constexpr std::array<std::string_view, 7> names = {"null",     "true or false", "an integer", "a number",
                                                     "a string", "a list",        "an object"};
  std::string text;
  for (std::size_t at = 0; at < names.size(); ++at) {
    if ((types >> at & 1U) == 0) continue;
    if (!text.empty()) text += (types >> (at + 1)) == 0 ? " or " : ", ";
    text += names[at];
  }
  return text;
}

}  // namespace sagad::definition
