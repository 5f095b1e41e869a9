#include "definition/node.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "json/explain.hpp"
#include "json/json.hpp"

namespace sagad::definition {

const node* node::find(std::string_view name) const noexcept {
  for (const auto& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

std::string_view describe(const node& value) noexcept {
  switch (value.is) {
    case node::type::null: return "nothing";
    case node::type::boolean: return "true or false";
    case node::type::number: return "a number";
    case node::type::string: return "text";
    case node::type::sequence: return "a list";
    case node::type::mapping: return "a mapping";
  }
  return "a value";
}

void sort_members(node& value) {
  std::sort(value.members.begin(), value.members.end(),
            [](const node_member& left, const node_member& right) { return left.name < right.name; });
  for (auto& member : value.members) sort_members(member.value);
  for (auto& item : value.items) sort_members(item);
}

void append_json(std::string& out, const node& value) {
  switch (value.is) {
    case node::type::null: out += "null"; return;
    case node::type::boolean:
    case node::type::number: out += value.text; return;
    case node::type::string: json::append_string(out, value.text); return;
    case node::type::sequence:
      out += '[';
      for (const auto& item : value.items) {
        if (&item != &value.items.front()) out += ',';
        append_json(out, item);
      }
      out += ']';
      return;
    case node::type::mapping:
      out += '{';
      for (const auto& member : value.members) {
        if (&member != &value.members.front()) out += ',';
        json::append_string(out, member.name);
        out += ':';
        append_json(out, member.value);
      }
      out += '}';
      return;
  }
}

std::string character_at(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && continues_character(text[end])) ++end;
  return std::string(text.substr(at, end - at));
}

namespace {

// What would be no text if it stood without its quotes.
bool reads_as_something_else(std::string_view text) noexcept {
  constexpr std::size_t number_bytes_max = 24;
  return text == "true" || text == "false" || text == "null" ||
         (text.size() <= number_bytes_max && json::is_number(text));
}

}  // namespace

std::string shown(const node& value) {
  if (value.is == node::type::sequence || value.is == node::type::mapping) return std::string(describe(value));
  constexpr std::size_t shown_bytes_max = 60;
  if (value.is == node::type::null) return "nothing";
  if (value.is == node::type::string && reads_as_something_else(value.text)) {
    return "the text `\"" + value.text + "\"`";
  }
  std::string text = "`" + value.text.substr(0, shown_bytes_max);
  // Not in the middle of a character.
  while (value.text.size() > shown_bytes_max && (text.back() & 0x80) != 0) text.pop_back();
  return text + (value.text.size() > shown_bytes_max ? "...`" : "`");
}

}  // namespace sagad::definition
