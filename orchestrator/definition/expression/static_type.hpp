#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "definition/node.hpp"

namespace sagad::definition::expression {

/// The kinds of value, a bit each: a static type is the set of those that a value may be.
enum kinds : std::uint8_t {
  null_kind = 1,
  boolean_kind = 2,
  integer_kind = 4,
  unsigned_kind = 8,
  double_kind = 16,
  text_kind = 32,
  list_kind = 64,
  map_kind = 128,
  number_kinds = integer_kind | unsigned_kind | double_kind,
  any_kind = 255,
};

/// What is known of a value before there is one. Views into the definition's text; lives while it is compiled.
struct static_type {
  std::uint8_t kinds = any_kind;
  const node* schema = nullptr;                ///< of JSON values: the schema that they fit
  const node* root = nullptr;                  ///< what the schema is a part of: it has the `$defs`
  std::shared_ptr<const static_type> element;  ///< of a list or a map made here: its elements, or its values
  std::uint8_t keys = any_kind;                ///< of a map made here

  static static_type of(std::uint8_t kinds) {
    static_type made;
    made.kinds = kinds;
    return made;
  }

  bool may_be(std::uint8_t some) const noexcept { return (kinds & some) != 0; }
  bool is_surely(std::uint8_t some) const noexcept { return (kinds & ~some) == 0; }
  /// A number of which nobody knows yet whether it will have a fraction: JSON Schema's `number`.
  bool is_any_number() const noexcept { return schema != nullptr && kinds == (integer_kind | double_kind); }
};

/// What either of two values may be.
static_type either(const static_type& left, const static_type& right);

/// A member of a map, and an element of a list.
static_type member_of(const static_type& whole, std::string_view name);
static_type element_of(const static_type& whole);

/// For messages: "an integer", "text or null", "a value of any kind".
std::string describe(std::uint8_t kinds);

}  // namespace sagad::definition::expression
