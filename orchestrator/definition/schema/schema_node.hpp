#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "definition/decimal.hpp"
#include "definition/input_schema.hpp"

namespace sagad::definition {

/// The types of JSON Schema, a bit each.
enum schema_type : std::uint8_t {
  null_type = 1,
  boolean_type = 2,
  integer_type = 4,
  number_type = 8,
  string_type = 16,
  array_type = 32,
  object_type = 64,
};

/// One compiled schema; what is not said allows everything.
struct input_schema::node {
  using schema = std::shared_ptr<const node>;

  struct property {
    std::string name;
    bool required = false;
    schema value;  ///< may be empty
  };

  /// A bound with its text, for messages.
  struct bound {
    explicit bound(const std::string& json_number)
        : value(json_number), integer(exact_integer(json_number)), text(json_number) {}

    decimal value;
    std::optional<std::int64_t> integer;  ///< the same, where it is one
    std::string text;
  };

  bool never = false;  ///< the schema `false`
  std::uint8_t types = 0;
  std::vector<property> properties;  ///< sorted by name; those that are only required, too
  schema additional;                 ///< of members that are not among the properties
  schema items;
  std::vector<std::string> choices;        ///< as `comparable` writes them
  std::vector<std::string> choices_shown;  ///< as JSON
  std::optional<bound> minimum;
  std::optional<bound> maximum;
  std::optional<bound> above;             ///< exclusiveMinimum
  std::optional<bound> below;             ///< exclusiveMaximum
  std::optional<std::size_t> length_min;  ///< in characters
  std::optional<std::size_t> length_max;
  std::optional<std::size_t> items_min;
  std::optional<std::size_t> items_max;
};

/// One text for all ways to write a JSON value, numbers compared by value. `raw` passed json::check.
std::string comparable(std::string_view raw);

/// `a string`, `an integer or null`.
std::string type_names(std::uint8_t types);

}  // namespace sagad::definition
