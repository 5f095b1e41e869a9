#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sagad::definition {

/// Where something is written. Both from 1.
struct place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

struct node_member;

/// One value of a definition's text, of YAML and of JSON alike.
struct node {
  enum class type : std::uint8_t { null, boolean, number, string, sequence, mapping };

  type is = type::null;
  place at;
  std::string text;                  ///< of a string: its characters; of a boolean or number: as JSON writes it
  std::vector<node> items;           ///< of a sequence
  std::vector<node_member> members;  ///< of a mapping, in the order written; no name twice

  const node* find(std::string_view name) const noexcept;
};

struct node_member {
  std::string name;
  place at;
  node value;
};

/// "text", "a number", "a list": for messages.
std::string_view describe(const node& value) noexcept;

/// Sorts all members by name, at every level.
void sort_members(node& value);

/// Appends the value as JSON without white space, members in their order.
void append_json(std::string& out, const node& value);

/// The character of UTF-8 that begins there: for messages, which are UTF-8, too.
std::string character_at(std::string_view text, std::size_t at);

/// The value as JSON, cut to what a message can bear.
std::string shown(const node& value);

}  // namespace sagad::definition
