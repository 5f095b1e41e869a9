#include "definition/schema/type_at.hpp"

#include <gtest/gtest.h>

#include "definition/read.hpp"
#include "definition/schema/reference_table.hpp"

namespace sagad::definition {
namespace {

using expression::describe;

std::string at(const std::string& schema, const std::vector<std::string>& path = {}) {
  mistake_list found;
  const auto read = read_text(schema, found);
  return read ? describe(type_at(*read, path).kinds) : "unreadable";
}

TEST(type_of_an_input, is_what_its_schema_says) {
  EXPECT_EQ(at("{type: string}"), "text");
  EXPECT_EQ(at("{type: number}"), "an integer or a double");
  EXPECT_EQ(at("{type: [integer, 'null', boolean]}"), "an integer, null or true or false");
  EXPECT_EQ(at("{enum: [1, 2.0, a, null]}"), "an integer, text or null");
  EXPECT_EQ(at("{enum: [1, 2.5, a], type: number}"), "an integer or a double");
  EXPECT_EQ(at("{const: [1]}"), "a list");
  EXPECT_EQ(at("{minimum: 1}"), "a value of any kind");
  EXPECT_EQ(at("true"), "a value of any kind");
  EXPECT_EQ(at("false"), "nothing");
}

TEST(type_of_an_input, is_found_along_a_path) {
  const std::string schema =
      "{type: object, properties: {a: {type: array, items: {properties: {b: {type: integer}}}}},"
      " additionalProperties: {type: string}}";
  EXPECT_EQ(at(schema, {"a"}), "a list");
  EXPECT_EQ(at(schema, {"a", "0"}), "a value of any kind");
  EXPECT_EQ(at(schema, {"a", "12", "b"}), "an integer");
  EXPECT_EQ(at(schema, {"a", "12", "c"}), "a value of any kind");
  EXPECT_EQ(at(schema, {"other"}), "text");
  EXPECT_EQ(at("{properties: {a: {type: string}}}", {"a", "b", "c"}), "a value of any kind");
}

TEST(type_of_an_input, is_what_all_say_that_its_schema_refers_to) {
  const std::string schema =
      "{properties: {amount: {$ref: '#/$defs/price'}, lines: {type: array, items: {$ref: '#/$defs/line'}}},"
      " $defs: {price: {$ref: '#/$defs/number', type: [integer, string]}, number: {type: number},"
      " line: {type: object, properties: {count: {$ref: '#/$defs/number', const: 3}, tree: {$ref: '#/$defs/line'}}},"
      " circle: {$ref: '#/$defs/circle', type: string}}, additionalProperties: {$ref: '#/$defs/circle'}}";
  EXPECT_EQ(at(schema, {"amount"}), "an integer");
  EXPECT_EQ(at(schema, {"lines", "0"}), "a map");
  EXPECT_EQ(at(schema, {"lines", "0", "count"}), "an integer");
  EXPECT_EQ(at(schema, {"lines", "0", "tree", "tree", "count"}), "an integer");
  EXPECT_EQ(at(schema, {"other"}), "text");
  EXPECT_EQ(at("{$ref: '#/$defs/none'}"), "a value of any kind");
}

// Each of them leads, by reference and inside, to all that follow it; past the longest way nothing is known.
TEST(type_of_an_input, is_found_by_looking_at_each_schema_once_whatever_refers_to_it) {
  const auto of_way = [](std::size_t count) {
    std::string schema = "{$ref: '#/$defs/s0', $defs: {s" + std::to_string(count) + ": {type: object}";
    for (std::size_t number = 0; number < count; ++number) {
      schema += ", s" + std::to_string(number) + ": {$ref: '#/$defs/s" + std::to_string(number + 1) +
                "', properties: {a: {$ref: '#/$defs/s0'}}}";
    }
    return schema + "}}";
  };
  EXPECT_EQ(at(of_way(references_in_a_row_max - 1), {"a", "a"}), "a map");
  EXPECT_EQ(at(of_way(5000), {"a", "a"}), "a value of any kind");
}

TEST(type_of_an_input, is_open_where_keywords_are_not_looked_into) {
  EXPECT_EQ(at("{type: object, patternProperties: {a: {type: string}}, additionalProperties: {type: integer}}", {"x"}),
            "a value of any kind");
  EXPECT_EQ(at("{type: array, prefixItems: [{type: string}], items: {type: integer}}", {"0"}), "a value of any kind");
  EXPECT_EQ(at("{items: {type: integer}}", {"0"}), "a value of any kind");
}

}  // namespace
}  // namespace sagad::definition
