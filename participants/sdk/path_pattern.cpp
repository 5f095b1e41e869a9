#include "participants/sdk/path_pattern.hpp"

#include <utility>

namespace sagad::participants {
namespace {

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      made += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    made += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return made;
}

/// Takes the text up to the next separator off the front.
std::string_view take_until(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return part;
}

}  // namespace

std::optional<path_values> fit_path(std::string_view pattern, std::string_view path) {
  path_values values;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = take_until(pattern, '/');
    const std::string_view found = take_until(path, '/');
    if (expected.starts_with('{')) {
      auto value = percent_decode(found);
      if (!value || value->empty()) return std::nullopt;
      values.emplace(expected.substr(1, expected.size() - 2), std::move(*value));
    } else if (expected != found) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return values;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    if (take_until(value, '=') == name) return percent_decode(value);
  }
  return std::nullopt;
}

}  // namespace sagad::participants
