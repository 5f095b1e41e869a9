#include "sagactl/definition_name.hpp"

#include "sagactl/json_view.hpp"

namespace sagad::sagactl {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

// A plain or quoted scalar, without a comment behind it.
std::string_view scalar(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
    const auto end = text.find(text.front(), 1);
    return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
  }
  return trimmed(text.substr(0, text.find(" #")));
}

}  // namespace

bool looks_like_json(std::string_view text) {
  const auto start = trimmed(text);
  return !start.empty() && start.front() == '{';
}

std::string definition_name(std::string_view text) {
  if (looks_like_json(text)) {
    const auto document = parse_json(text);
    return json_view(&document).text("saga");
  }
  constexpr std::string_view mark = "saga:";
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    if (line.substr(0, mark.size()) == mark) return std::string(scalar(line.substr(mark.size())));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return {};
}

}  // namespace sagad::sagactl
