#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "definition/decimal.hpp"
#include "definition/input_schema.hpp"
#include "definition/schema/format.hpp"
#include "definition/schema/text_pattern.hpp"

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

/// One compiled schema; what is not said allows everything. Nodes refer to each other, in circles, too: `compiled` owns
/// them all.
struct schema_node {
  struct property {
    std::string name;
    bool required = false;
    const schema_node* value = nullptr;  ///< of one that is only required: none
  };

  /// A bound with its text, for messages.
  struct bound {
    explicit bound(const std::string& json_number)
        : value(json_number), integer(exact_integer(json_number)), text(json_number) {}

    decimal value;
    std::optional<std::int64_t> integer;  ///< the same, where it is one
    std::string text;
  };

  const schema_node* also = nullptr;  ///< `$ref`: must be fitted, too
  bool only_refers = false;           ///< `$ref` is all that it says
  bool never = false;                 ///< the schema `false`
  std::uint8_t types = 0;

  std::vector<property> properties;         ///< sorted by name; those that are only required, too
  const schema_node* additional = nullptr;  ///< of members that are not among the properties

  const schema_node* items = nullptr;
  std::optional<std::size_t> items_min;
  std::optional<std::size_t> items_max;
  bool items_are_unique = false;

  std::vector<std::string> choices;        ///< as `comparable` writes them, sorted
  std::vector<std::string> choices_shown;  ///< as JSON, in the order written

  bool has_number_bounds = false;  ///< any of the next five
  std::optional<bound> minimum;
  std::optional<bound> maximum;
  std::optional<bound> above;     ///< exclusiveMinimum
  std::optional<bound> below;     ///< exclusiveMaximum
  std::uint64_t multiple_of = 0;  ///< 0: of anything

  bool has_text_bounds = false;           ///< any of the next four
  std::optional<std::size_t> length_min;  ///< in characters
  std::optional<std::size_t> length_max;
  std::shared_ptr<const text_pattern> pattern;
  const text_format* format = nullptr;
};

struct input_schema::compiled {
  std::deque<schema_node> nodes;
  const schema_node* root = nullptr;
  /// Whether two ways can lead from one value to the same schema of a value inside it: `$ref` beside keywords that look
  /// inside. Such a schema is held against a value once, or the ways would double at every level.
  bool ways_meet = false;
};

/// One text for all ways to write a JSON value, numbers compared by value. `raw` passed json::check.
std::string comparable(std::string_view raw);

/// `a string`, `an integer or null`.
std::string type_names(std::uint8_t types);

}  // namespace sagad::definition
