#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace sagad::definition {
namespace {

using testing::ElementsAre;

input_schema schema_of(const std::string& schema) {
  return test::loaded_or_throw("input: " + schema +
                               "\nsteps: [{step: a, participant: escrow, action: {post: /v1/a}, compensation: none}]")
      ->schema;
}

std::vector<std::string> violations(const std::string& schema, std::string_view input) {
  std::vector<std::string> all;
  for (const auto& one : schema_of(schema).check(input)) all.push_back(one.pointer + ": " + one.detail);
  return all;
}

void expect_fits(const std::string& schema, std::initializer_list<const char*> inputs) {
  for (const auto* input : inputs) EXPECT_THAT(violations(schema, input), ElementsAre()) << schema << " " << input;
}

void expect_not(const std::string& schema, std::initializer_list<const char*> inputs) {
  for (const auto* input : inputs) EXPECT_EQ(violations(schema, input).size(), 1U) << schema << " " << input;
}

TEST(input_schema, tells_all_violations_by_field) {
  const auto sale = test::loaded_or_throw(test::read_file("sagas/sale.yaml"))->schema;
  std::vector<std::string> all;
  for (const auto& one : sale.check(R"({"seller":"ann","item":"sword","quantity":0,"price":"12"})")) {
    all.push_back(one.pointer + ": " + one.detail);
  }
  EXPECT_THAT(all, ElementsAre("/quantity: is 0; expected at least 1", "/price: is \"12\"; expected an integer",
                               "/buyer: is missing"));
  EXPECT_TRUE(sale.check(R"({"seller":1,"buyer":2,"item":3,"quantity":1,"price":1,"more":[]})").empty());
}

TEST(input_schema, knows_the_types) {
  expect_fits("{type: 'null'}", {"null"});
  expect_fits("{type: boolean}", {"true", "false"});
  expect_fits("{type: integer}", {"0", "-7", "7.0", "70e-1", "1e300", "123456789012345678901234567890"});
  expect_fits("{type: number}", {"0", "7.5", "1e-300"});
  expect_fits("{type: string}", {"\"\"", "\"7\""});
  expect_fits("{type: array}", {"[]", "[1,\"a\"]"});
  expect_fits("{type: object}", {"{}", "{\"a\":1}"});
  expect_fits("{type: [string, 'null']}", {"null", "\"a\""});
  expect_not("{type: integer}", {"7.5", "\"7\"", "null", "true", "[7]", "1e-1"});
  expect_not("{type: number}", {"\"7\"", "null"});
  expect_not("{type: object}", {"[]", "null", "\"{}\""});
  expect_not("{type: [string, 'null']}", {"1", "{}"});
  EXPECT_THAT(violations("{type: [string, integer, 'null']}", "[]"),
              ElementsAre(": is a list; expected null, an integer or a string"));
}

TEST(input_schema, compares_numbers_exactly) {
  expect_fits("{minimum: 9007199254740993}", {"9007199254740993", "9007199254740993.0", "1e300"});
  expect_not("{minimum: 9007199254740993}", {"9007199254740992", "9007199254740992.999", "-1"});
  expect_fits("{maximum: 0.1}", {"0.1", "0.0999999999999999999999", "1e-1"});
  expect_not("{maximum: 0.1}", {"0.10000000000000000000000001"});
  expect_not("{exclusiveMinimum: 0}", {"0", "0.0", "-0", "-1"});
  expect_fits("{exclusiveMinimum: 0}", {"1e-400"});
  expect_not("{exclusiveMaximum: 1e2}", {"100", "100.0", "1000e-1"});
  expect_fits("{exclusiveMaximum: 1e2}", {"99.999999999999999999999"});
  expect_fits("{minimum: 5}", {"\"a\"", "null", "[]"});
}

TEST(input_schema, compares_values_not_their_text) {
  expect_fits("{enum: [1, a, null, {x: [1, 2]}]}",
              {"1", "1.0", "10e-1", "\"a\"", "\"\\u0061\"", "null", R"({ "x" : [1.0, 2] })"});
  expect_not("{enum: [1, a, null, {x: [1, 2]}]}",
             {"\"1\"", "2", "true", R"({"x":[2,1]})", "[]", R"({"x":[1,2],"y":0})"});
  expect_fits("{const: {a: 1, b: 2}}", {R"({"b":2,"a":1})"});
  expect_not("{const: 'true'}", {"true"});
  EXPECT_THAT(violations("{enum: [a, b]}", "\"c\""), ElementsAre(": is \"c\"; expected one of \"a\", \"b\""));
  EXPECT_THAT(violations("{const: 1}", "2"), ElementsAre(": is 2; expected 1"));
}

TEST(input_schema, counts_characters_and_items) {
  expect_fits("{minLength: 2, maxLength: 3}",
              {"\"ab\"", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"", "\"\\ud83d\\ude00\\u00e9\"", "7"});
  expect_not("{minLength: 2, maxLength: 3}", {"\"a\"", "\"abcd\"", "\"\\ud83d\\ude00\"", "\"\""});
  expect_fits("{minItems: 1, maxItems: 2}", {"[1]", "[[],[]]", "{}"});
  expect_not("{minItems: 1, maxItems: 2}", {"[]", "[1,2,3]"});
}

TEST(input_schema, looks_into_members_and_items) {
  const std::string schema =
      "{properties: {a: {type: array, items: {type: object, required: [x], properties: {x: {type: integer}}}}}}";
  EXPECT_THAT(
      violations(schema, R"({"a":[{"x":1},{"x":"1"},{},7]})"),
      ElementsAre("/a/1/x: is \"1\"; expected an integer", "/a/2/x: is missing", "/a/3: is 7; expected an object"));
}

TEST(input_schema, holds_other_members_against_additional_properties) {
  const std::string closed =
      "{properties: {seller: true, buyer: {type: string}}, required: [seller], additionalProperties: false}";
  EXPECT_THAT(
      violations(closed, R"({"sellr":1,"zzz":{"a":1}})"),
      ElementsAre("/sellr: is not expected: did you mean `seller`?", "/zzz: is not expected", "/seller: is missing"));
  EXPECT_THAT(
      violations("{additionalProperties: {type: integer}, properties: {a: true}}", R"({"a":"x","b":"y","c":1})"),
      ElementsAre("/b: is \"y\"; expected an integer"));
}

TEST(input_schema, knows_names_however_they_are_written) {
  const std::string schema = R"({properties: {"a/b~c": {type: integer}, "q\"": {type: integer}}, required: ["a/b~c"]})";
  EXPECT_THAT(violations(schema, R"({"\u0061/b~c":"x","q\"":1})"),
              ElementsAre("/a~1b~0c: is \"x\"; expected an integer"));
}

TEST(input_schema, true_allows_everything_and_false_nothing) {
  expect_fits("true", {"1", "{}", "null"});
  expect_fits("{}", {"1", "{}", "null"});
  EXPECT_THAT(violations("{properties: {a: false}}", R"({"a":{"b":1}})"),
              ElementsAre("/a: is {\"b\":1}, where nothing is allowed"));
  expect_not("false", {"1", "{}", "[[1]]"});
}

TEST(input_schema, tells_a_hundred_violations_at_most) {
  std::string input = "[";
  for (int at = 0; at < 1000; ++at) input += "\"x\",";
  EXPECT_EQ(violations("{items: {type: integer}}", input + "1]").size(), 100U);
}

TEST(input_schema, shows_only_the_beginning_of_long_values) {
  std::string input = "\"";
  for (int at = 0; at < 100; ++at) input += "\xC3\xA9";
  const auto told = violations("{type: integer}", input + "\"");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_LT(told[0].size(), 100U);
  EXPECT_THAT(told[0], testing::HasSubstr("\xC3\xA9..."));
}

}  // namespace
}  // namespace sagad::definition
