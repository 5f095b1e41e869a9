#include "base/yaml_advice.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/utf8.hpp"

namespace sagad {
namespace {

constexpr const char* ends_advice =
    "; a list in [ ] and a mapping in { } need both ends, and a text that begins with [ { * & ! % @ or ` stands in "
    "quotes";

constexpr std::string_view blanks = " \t\r";

std::vector<std::string_view> lines_until(std::string_view text, std::size_t last) {
  std::vector<std::string_view> lines;
  while (lines.size() <= last) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(blanks) == std::string_view::npos;
}

bool is_indented_by_tab(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(blanks), line.size())).find('\t') != std::string_view::npos;
}

struct findings {
  bool bare_expression = false;  ///< `${` outside quotes
  bool inner_quotes = false;     ///< a double quote within `${...}` within double quotes
  bool bare_reference = false;   ///< ` #/` outside quotes: what follows is a comment
  bool bare_colon = false;       ///< `: ` within a value without quotes
  int lists = 0;                 ///< `[` less `]` outside quotes
  int mappings = 0;              ///< `{` less `}`
};

findings look_at(std::string_view line) {
  findings found;
  char quote = 0;
  bool in_expression = false;
  int colons = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char letter = line[at];
    const bool opens = line.substr(at, 2) == "${";
    if (quote == 0) {
      if (letter == '"' || letter == '\'') quote = letter;
      if (letter == '#' && (at == 0 || line[at - 1] == ' ')) {
        found.bare_reference = line.substr(at, 2) == "#/";
        break;
      }
      if (letter == '{' || letter == ',') colons = 0;
      found.lists += letter == '[' ? 1 : letter == ']' ? -1 : 0;
      found.mappings += letter == '{' ? 1 : letter == '}' ? -1 : 0;
      found.bare_expression |= opens;
      found.bare_colon |= line.substr(at, 2) == ": " && ++colons > 1;
    } else if (quote == '"' && letter == '\\') {
      ++at;
    } else if (letter == quote) {
      found.inner_quotes |= quote == '"' && in_expression;
      quote = 0;
      in_expression = false;
    } else if (opens) {
      in_expression = true;
    } else if (letter == '}') {
      in_expression = false;
    }
  }
  return found;
}

// A key whose value begins right behind its colon, which is then one text with it.
bool lacks_space_after_colon(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" -"), line.size()));
  const auto colon = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
  if (colon == 0 || colon == std::string_view::npos || line[colon] != ':') return false;
  return colon + 1 < line.size() && std::string_view(" \t\r/").find(line[colon + 1]) == std::string_view::npos;
}

std::string advice_for(std::string_view line) {
  if (lacks_space_after_colon(line)) return "; a space stands behind the colon of a key: write `key: value`";
  const auto found = look_at(line);
  if (found.inner_quotes) return "; within \"${...}\" a text stands in single quotes, as in \"${input.item + '!'}\"";
  if (found.bare_expression) return "; what has `${...}` in it stands in double quotes, as in \"${input.item}\"";
  if (found.bare_reference)
    return "; an unquoted `#` begins a comment: write a reference in quotes, as in \"#/$defs/item\"";
  if (found.bare_colon) return "; a text with `: ` in it stands in quotes";
  return {};
}

// Where the key of `key: ...` begins, behind any `- `, and where its value does; npos: it has none on its line.
struct keyed_line {
  std::size_t key = 0;
  std::size_t value = std::string_view::npos;
};

std::optional<keyed_line> key_of(std::string_view line) {
  const auto key = line.find_first_not_of(" -");
  if (key == std::string_view::npos) return std::nullopt;
  const auto colon = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", key);
  if (colon == std::string_view::npos || colon == key || line[colon] != ':') return std::nullopt;
  return keyed_line{key, line.find_first_not_of(blanks, colon + 1)};
}

// A key below one that has its value on its own line, and further to the right: to YAML it goes on with that value.
bool is_deeper_than_allowed(std::string_view above, std::string_view line) {
  const auto first = key_of(above);
  const auto second = key_of(line);
  if (!first || !second || first->value == std::string_view::npos || second->key <= first->key) return false;
  return std::string_view("|>[{\"'&#").find(above[first->value]) == std::string_view::npos;
}

// Whether a list or a mapping in braces begins or ends here without the other, or may be meant for text.
bool may_lack_an_end(std::string_view line) {
  const auto found = look_at(line);
  const auto colon = line.find(": ");
  const auto value = line.find_first_not_of(blanks, colon == std::string_view::npos ? 0 : colon + 1);
  const bool is_special =
      value != std::string_view::npos && std::string_view("[{*&!%@`").find(line[value]) != std::string_view::npos;
  return found.lists != 0 || found.mappings != 0 || is_special;
}

}  // namespace

std::string yaml_advice(std::string_view text, std::size_t line) {
  auto lines = lines_until(text, line);
  const auto tabbed = std::find_if(lines.begin(), lines.end(), is_indented_by_tab);
  if (tabbed != lines.end()) {
    return "; line " + std::to_string(tabbed - lines.begin() + 1) + " is indented by a tab: write spaces";
  }
  const auto above = lines.size() < 2 ? lines.rend() : std::find_if_not(lines.rbegin() + 1, lines.rend(), is_blank);
  if (above != lines.rend() && is_deeper_than_allowed(*above, lines.back())) {
    return "; this line is indented deeper than the one above, whose key has its value already: begin both in the same "
           "column";
  }
  // The parser stops behind what is wrong: often at the next line.
  constexpr int looked_at = 2;
  std::string unclear;
  for (int seen = 0; seen < looked_at && !lines.empty(); lines.pop_back()) {
    if (is_blank(lines.back())) continue;
    ++seen;
    if (auto advice = advice_for(lines.back()); !advice.empty()) return advice;
    if (unclear.empty() && may_lack_an_end(lines.back())) unclear = ends_advice;
  }
  if (!unclear.empty()) return unclear;
  return "; look at how this line and those above are indented: what belongs together begins in the same column";
}

std::uint32_t yaml_column(std::string_view text, std::uint32_t line, std::uint32_t column) noexcept {
  for (; line > 1 && text.find('\n') != std::string_view::npos; --line) text.remove_prefix(text.find('\n') + 1);
  text = text.substr(0, text.find('\n'));
  const auto characters = std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; });
  return std::min(column, static_cast<std::uint32_t>(characters) + 1);
}

bool has_escape_of_one_byte(std::string_view read) noexcept {
  for (std::size_t at = 0; at < read.size();) {
    if (continues_character(read[at])) return true;
    const auto lead = static_cast<unsigned char>(read[at]);
    at += lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  }
  return false;
}

}  // namespace sagad
