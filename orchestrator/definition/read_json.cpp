#include <algorithm>

#include "definition/read.hpp"
#include "json/cursor.hpp"
#include "json/explain.hpp"
#include "json/json.hpp"

namespace sagad::definition {
namespace {

class json_reader {
 public:
  json_reader(std::string_view text, mistake_list& found) : at_(text), text_(text), found_(found) {
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
      lines_.push_back(at);
    }
  }

  bool read(node& into, std::size_t depth) {
    into.at = here();
    switch (at_.next_kind()) {
      case json::kind::object: into.is = node::type::mapping; return deeper(into, depth) && members(into, depth + 1);
      case json::kind::array: into.is = node::type::sequence; return deeper(into, depth) && items(into, depth + 1);
      case json::kind::string:
        into.is = node::type::string;
        into.text = json::unescape(at_.take());
        return true;
      case json::kind::number: return plain(into, node::type::number);
      case json::kind::boolean: return plain(into, node::type::boolean);
      case json::kind::null: at_.take(); return true;
    }
    return false;
  }

 private:
  bool plain(node& into, node::type is) {
    into.is = is;
    into.text = at_.take();
    return true;
  }

  bool deeper(const node& into, std::size_t depth) {
    if (depth < nesting_max) return true;
    return !found_.forbid(into.at, too_deep());
  }

  bool members(node& into, std::size_t depth) {
    return at_.members([&](std::string_view name) {
      auto& member = into.members.emplace_back();
      member.name = json::unescape(name);
      member.at = place_of(static_cast<std::size_t>(name.data() - text_.data()));
      return read(member.value, depth);
    });
  }

  bool items(node& into, std::size_t depth) {
    return at_.elements([&](std::size_t) { return read(into.items.emplace_back(), depth); });
  }

  place here() { return place_of(at_.offset()); }

  place place_of(std::size_t offset) {
    const auto line = std::lower_bound(lines_.begin(), lines_.end(), offset);
    const std::size_t begin = line == lines_.begin() ? 0 : *(line - 1) + 1;
    return {static_cast<std::uint32_t>(line - lines_.begin()) + 1, static_cast<std::uint32_t>(offset - begin) + 1};
  }

  json::cursor at_;
  std::string_view text_;
  mistake_list& found_;
  std::vector<std::size_t> lines_;  // where each line ends
};

// What neither JSON nor a definition in YAML has, and YAML readers disagree about. JSON may have 0x7F, and a canonical
// form has it where an author wrote it escaped.
std::optional<std::size_t> control_character(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) return at;
  }
  return std::nullopt;
}

// The offset of the first byte that begins no character of UTF-8.
std::size_t first_not_utf8(std::string_view text) {
  constexpr std::size_t character_bytes_max = 4;
  std::size_t at = 0;
  std::size_t size = 1;
  while (at < text.size() && size <= character_bytes_max) {
    const bool is_character = json::valid_utf8(text.substr(at, size));
    at += is_character ? size : 0;
    size = is_character ? 1 : size + 1;
  }
  return at;
}

place place_of(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const std::size_t line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<std::uint32_t>(offset - line_begin) + 1};
}

}  // namespace

std::string too_deep() {
  return "nested deeper than " + std::to_string(nesting_max) + ": write it flatter";
}

std::optional<node> read_json(std::string_view checked, mistake_list& found) {
  node root;
  if (!json_reader(checked, found).read(root, 0)) return std::nullopt;
  return root;
}

std::string nothing_written(const text_kind& kind) {
  return "the " + std::string(kind.noun) + " is empty: it begins with " + std::string(kind.beginning);
}

std::optional<node> read_text(std::string_view text, mistake_list& found, const text_kind& kind) {
  if (text.size() > text_bytes_max) {
    found.add({}, "the " + std::string(kind.noun) + " has " + std::to_string(text.size()) + " bytes: at most " +
                      std::to_string(text_bytes_max) + " are read: shorten it");
    return std::nullopt;
  }
  if (!json::valid_utf8(text)) {
    found.add(place_of(text, first_not_utf8(text)), "what stands here is not UTF-8: save the file as UTF-8");
    return std::nullopt;
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    found.add({}, nothing_written(kind));
    return std::nullopt;
  }
  const bool in_braces = text[first] == '{';
  if (in_braces && !json::check(text)) return read_json(text, found);
  if (const auto at = control_character(text)) {
    found.add(place_of(text, *at), "a control character stands here: write it escaped, in double quotes");
    return std::nullopt;
  }
  if (!in_braces) return read_yaml(text, found, kind);
  // A mapping of YAML in braces, or JSON with a mistake.
  mistake_list as_yaml;
  auto root = read_yaml(text, as_yaml, kind);
  if (root) return root;
  if (const auto fault = json::explain(text);
      fault && text.find_first_of('"') == text.find_first_not_of(" \t\r\n", first + 1)) {
    found.add(place_of(text, fault->offset), "this is not JSON: " + fault->what);
  } else {
    for (auto& one : as_yaml.take()) found.add({one.line, one.column}, std::move(one.text));
  }
  return std::nullopt;
}

}  // namespace sagad::definition
