#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sagad::config {

/// Where something is written, both from 1; 0 where there is no such place.
struct place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct node_member;

/// One value of a configuration file. A scalar is its text, whatever YAML would make of it: the setting knows its type.
struct node {
  enum class type : std::uint8_t { nothing, scalar, list, mapping };

  type is = type::nothing;
  place at;
  std::string text;                  ///< of a scalar
  std::vector<node> items;           ///< of a list
  std::vector<node_member> members;  ///< of a mapping, in the order written; no name twice
};

struct node_member {
  std::string name;
  place at;
  node value;
};

}  // namespace sagad::config
