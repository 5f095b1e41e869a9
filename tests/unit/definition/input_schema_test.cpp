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
  for (const auto& one : schema_of(schema).check(input).told) all.push_back(one.pointer + ": " + one.detail);
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
  for (const auto& one : sale.check(R"({"seller":"ann","item":"sword","quantity":0,"price":"12"})").told) {
    all.push_back(one.pointer + ": " + one.detail);
  }
  EXPECT_THAT(all, ElementsAre("/quantity: must be at least 1, is 0", "/price: must be an integer, is \"12\"",
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
              ElementsAre(": must be null, an integer or a string, is a list"));
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
  EXPECT_THAT(violations("{enum: [a, b]}", "\"c\""), ElementsAre(": must be one of \"a\", \"b\", is \"c\""));
  EXPECT_THAT(violations("{const: 1}", "2"), ElementsAre(": must be 1, is 2"));
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
      ElementsAre("/a/1/x: must be an integer, is \"1\"", "/a/2/x: is missing", "/a/3: must be an object, is 7"));
}

TEST(input_schema, holds_other_members_against_additional_properties) {
  const std::string closed =
      "{properties: {seller: true, buyer: {type: string}}, required: [seller], additionalProperties: false}";
  EXPECT_THAT(
      violations(closed, R"({"sellr":1,"zzz":{"a":1}})"),
      ElementsAre("/sellr: is not expected: did you mean `seller`?", "/zzz: is not expected", "/seller: is missing"));
  EXPECT_THAT(
      violations("{additionalProperties: {type: integer}, properties: {a: true}}", R"({"a":"x","b":"y","c":1})"),
      ElementsAre("/b: must be an integer, is \"y\""));
}

TEST(input_schema, knows_names_however_they_are_written) {
  const std::string schema = R"({properties: {"a/b~c": {type: integer}, "q\"": {type: integer}}, required: ["a/b~c"]})";
  EXPECT_THAT(violations(schema, R"({"\u0061/b~c":"x","q\"":1})"),
              ElementsAre("/a~1b~0c: must be an integer, is \"x\""));
}

TEST(input_schema, true_allows_everything_and_false_nothing) {
  expect_fits("true", {"1", "{}", "null"});
  expect_fits("{}", {"1", "{}", "null"});
  EXPECT_THAT(violations("{properties: {a: false}}", R"({"a":{"b":1}})"),
              ElementsAre("/a: is {\"b\":1}, where nothing is allowed"));
  expect_not("false", {"1", "{}", "[[1]]"});
}

TEST(input_schema, tells_a_hundred_violations_at_most_and_counts_the_others) {
  std::string input = "[";
  for (int at = 0; at < 1000; ++at) input += "\"x\",";
  const auto schema = schema_of("{items: {type: integer}}");
  const auto found = schema.check(input + "1]");
  EXPECT_EQ(found.told.size(), 100U);
  EXPECT_EQ(found.told.back().pointer, "/99");
  EXPECT_EQ(found.more, 900U);
  EXPECT_EQ(schema.check("[1,\"x\"]").more, 0U);
}

TEST(input_schema, shows_only_the_beginning_of_long_values) {
  std::string input = "\"";
  for (int at = 0; at < 100; ++at) input += "\xC3\xA9";
  const auto told = violations("{type: integer}", input + "\"");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_LT(told[0].size(), 100U);
  EXPECT_THAT(told[0], testing::HasSubstr("\xC3\xA9..."));
}

TEST(input_schema, tells_what_must_hold_and_what_is_there) {
  EXPECT_THAT(violations("{minimum: 1, maximum: 0.5e1, exclusiveMinimum: 1, exclusiveMaximum: 5}", "0"),
              ElementsAre(": must be at least 1, is 0", ": must be more than 1, is 0"));
  EXPECT_THAT(violations("{minimum: 1, maximum: 0.5e1, exclusiveMinimum: 1, exclusiveMaximum: 5}", "7"),
              ElementsAre(": must be at most 0.5e1, is 7", ": must be less than 5, is 7"));
  EXPECT_THAT(violations("{multipleOf: 5}", "7"), ElementsAre(": must be a multiple of 5, is 7"));
  EXPECT_THAT(violations("{minLength: 2}", "\"a\""), ElementsAre(": must have at least 2 characters, has 1"));
  EXPECT_THAT(violations("{maxItems: 1}", "[1, 2]"), ElementsAre(": must have at most 1 items, has 2"));
  EXPECT_THAT(violations("{pattern: '^[a-z]+$'}", "\"A\""),
              ElementsAre(": must be text with the pattern `^[a-z]+$`, is \"A\""));
  EXPECT_THAT(violations("{format: uuid}", "\"A\""),
              ElementsAre(": must be a UUID, as in 2eb8aa08-aa98-11ea-b4aa-73b441d16380, is \"A\""));
}

TEST(input_schema, knows_multiples_of_whole_numbers_of_any_size) {
  expect_fits("{multipleOf: 7}",
              {"0", "-0.0", "7", "-21", "7.0", "70e-1", "7e3", "\"x\"", "700000000000000000000000007"});
  expect_not("{multipleOf: 7}", {"1", "-20", "7.5", "1e300", "1e-1", "700000000000000000000000008"});
  expect_fits("{multipleOf: 1000000000000000000}", {"1e18", "1e300", "-3000000000000000000", "1e999999999999"});
  expect_not("{multipleOf: 1000000000000000000}", {"1e17", "1500000000000000000", "1000000000000000001"});
  expect_fits("{multipleOf: 576460752303423488}", {"1e59", "1e60"});  // 2 to the power of 59
  expect_not("{multipleOf: 576460752303423488}", {"1e58"});
  expect_fits("{multipleOf: 1}", {"123456789012345678901234567890"});
}

TEST(input_schema, finds_items_that_are_equal_however_they_are_written) {
  EXPECT_THAT(
      violations("{uniqueItems: true}", R"([1,"a",{"x":1,"y":[2]},1.0,"\u0061",{"y":[2e0],"x":10e-1},10e-1,"1",true])"),
      ElementsAre("/3: must differ from the other items, is the same as item 0",
                  "/4: must differ from the other items, is the same as item 1",
                  "/5: must differ from the other items, is the same as item 2",
                  "/6: must differ from the other items, is the same as item 0"));
  expect_fits("{uniqueItems: true}", {"[]", "[1]", "[1,2,[1,2],[2,1]]", "{\"a\":1}", "[{\"a\":1},{\"a\":2}]"});
  expect_fits("{uniqueItems: false}", {"[1,1]"});
  EXPECT_THAT(violations("{uniqueItems: true, items: {type: integer}}", "[\"a\",\"a\"]").size(), 3U);
}

// Comparing each with each would take hours.
TEST(input_schema, finds_equal_items_among_hundreds_of_thousands) {
  std::string input = "[";
  for (int at = 0; at < 300'000; ++at) input += std::to_string(at) + ",";
  EXPECT_THAT(violations("{uniqueItems: true}", input + "7]"),
              ElementsAre("/300000: must differ from the other items, is the same as item 7"));
}

TEST(input_schema, looks_for_patterns_anywhere_in_the_characters_of_a_text) {
  expect_fits("{pattern: 'b+'}", {"\"abc\"", "\"\\u0062\"", "7", "null"});
  expect_not("{pattern: 'b+'}", {"\"\"", "\"ac\"", "\"\\\\u0062\""});
  expect_fits(R"({pattern: '^\p{L}{2,3}$'})", {"\"\xC3\xA9\xE1\xB8\x8B\xC3\xA9\"", "\"\\u00e9a\""});
  expect_not(R"({pattern: '^\p{L}{2,3}$'})", {"\"a\"", "\"abcd\"", "\"ab\\n\"", "\"a\\u0000\""});
}

TEST(input_schema, takes_patterns_of_4096_bytes) {
  const auto text = std::string(4096, 'a');
  expect_fits("{pattern: " + text + "}", {("\"" + text + "\"").c_str()});
  EXPECT_THROW(schema_of("{pattern: a" + text + "}"), std::runtime_error);
}

TEST(input_schema, does_not_search_what_is_too_long_already) {
  EXPECT_THAT(violations("{maxLength: 2, pattern: x}", "\"abc\""),
              ElementsAre(": must have at most 2 characters, has 3"));
  EXPECT_THAT(violations("{minLength: 4, pattern: x}", "\"abc\"").size(), 2U);
}

TEST(input_schema, follows_references_into_its_definitions) {
  const std::string tree = R"({$ref: "#/$defs/tree", $defs: {tree: {type: object, required: [name],
      properties: {name: {type: string}, below: {type: array, items: {$ref: "#/$defs/tree"}}}}}})";
  expect_fits(tree, {R"({"name":"a","below":[{"name":"b"},{"name":"c","below":[{"name":"d"}]}]})"});
  EXPECT_THAT(violations(tree, R"({"name":"a","below":[{"name":1},{"below":[{"name":"d"},7]}]})"),
              ElementsAre("/below/0/name: must be a string, is 1", "/below/1/below/1: must be an object, is 7",
                          "/below/1/name: is missing"));
}

TEST(input_schema, holds_a_reference_and_what_stands_beside_it) {
  const std::string both =
      R"({properties: {a: {$ref: "#/$defs/small", minimum: 3, description: of both}}, $defs: {small: {$ref: "#/$defs/whole", maximum: 5}, whole: {type: integer}}})";
  expect_fits(both, {R"({"a":3})", R"({"a":5})"});
  EXPECT_THAT(violations(both, R"({"a":2.5})"),
              ElementsAre("/a: must be at least 3, is 2.5", "/a: must be an integer, is 2.5"));
  EXPECT_THAT(violations(both, R"({"a":6})"), ElementsAre("/a: must be at most 5, is 6"));
}

TEST(input_schema, tells_once_what_a_reference_and_what_stands_beside_it_both_want) {
  const std::string both =
      R"({$ref: "#/$defs/sale", type: object, required: [price], properties: {price: {type: integer}},
      $defs: {sale: {type: object, required: [price, item], properties: {price: {type: integer}}}}})";
  EXPECT_THAT(violations(both, "7"), ElementsAre(": must be an object, is 7"));
  EXPECT_THAT(violations(both, "{}"), ElementsAre("/price: is missing", "/item: is missing"));
  EXPECT_THAT(violations(both, R"({"price":"1","item":1})"), ElementsAre("/price: must be an integer, is \"1\""));
}

// Each level leads to the next one on two ways: 2 to the power of 60 of them.
TEST(input_schema, holds_a_schema_against_a_value_once_whatever_leads_there) {
  const std::string crossing = R"({$ref: "#/$defs/a", $defs: {
      a: {$ref: "#/$defs/b", properties: {x: {$ref: "#/$defs/a"}}},
      b: {type: object, properties: {x: {$ref: "#/$defs/a"}}}}})";
  std::string input = "7";
  for (int at = 0; at < 60; ++at) input = "{\"x\":" + input + "}";
  const auto told = violations(crossing, input);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0], testing::HasSubstr("/x: must be an object, is 7"));
}

TEST(input_schema, follows_references_as_deep_as_a_value_may_be) {
  const std::string nested = R"({$ref: "#/$defs/list", $defs: {list: {type: array, items: {$ref: "#/$defs/list"}}}})";
  EXPECT_THAT(violations(nested, std::string(64, '[') + std::string(64, ']')), ElementsAre());
  EXPECT_EQ(violations(nested, std::string(63, '[') + "7" + std::string(63, ']')).size(), 1U);
}

TEST(input_schema, is_not_changed_by_annotations) {
  const std::string annotated =
      "{$schema: 'https://json-schema.org/draft/2020-12/schema', title: A sale, description: Of one item, $comment: x, "
      "default: {a: 1}, examples: [{a: 1}], properties: {a: {type: integer, default: none, examples: [x]}}}";
  expect_fits(annotated, {"{}", R"({"a":1})", "7"});
  expect_not(annotated, {R"({"a":"none"})"});
}

TEST(input_schema, knows_dates_with_their_times) {
  const std::string schema = "{format: date-time}";
  expect_fits(schema,
              {"\"2024-02-29T00:00:00Z\"", "\"2000-02-29T23:59:59.5+23:59\"", "\"1998-12-31T15:59:60-08:00\"", "7"});
  expect_not(schema, {"\"2023-02-29T00:00:00Z\"", "\"1900-02-29T00:00:00Z\"", "\"2024-13-01T00:00:00Z\"",
                      "\"2024-00-01T00:00:00Z\"", "\"2024-01-00T00:00:00Z\"", "\"2024-04-31T00:00:00Z\"",
                      "\"2024-01-01T00:00:00\"", "\"2024-01-01 00:00:00Z\"", "\"2024-01-01T00:00:00.Z\"",
                      "\"2024-01-01T00:00:60Z\"", "\"2024-01-01\"", "\"\""});
}

TEST(input_schema, knows_addresses_of_mail) {
  const std::string schema = "{format: email}";
  expect_fits(schema,
              {R"("ann@example.com")", R"("a.b+c@x")", R"("\"a\\\"b\\\\\"@x.y")", R"("a@[IPv6:1:2:3:4:5:6:7:8]")",
               R"("a@[IPv6:::ffff:1.2.3.4]")", R"("a@[IPv6:1::]")", R"("a@[IPv6:::]")", R"("a@1.2.3.4")"});
  expect_not(schema, {R"("")",
                      R"("@")",
                      R"("a@-x.com")",
                      R"("a@x-.com")",
                      R"("a@x..com")",
                      R"("a@x.com.")",
                      R"("a b@x")",
                      R"("\"a\"b\"@x")",
                      R"("\"a\\\"@x")",
                      R"("\"@x")",
                      R"("a@[1.2.3]")",
                      R"("a@[1.2.3.4.5]")",
                      R"("a@[IPv6:1:2:3:4:5:6:7]")",
                      R"("a@[IPv6:1:2:3:4:5:6:7:8:9]")",
                      R"("a@[IPv6:1::2::3]")",
                      R"("a@[IPv6:1:2:3:4::5:6:7:8]")",
                      R"("a@[IPv6:12345::]")",
                      R"("a@[IPv6:1:]")",
                      R"("a@[IPv6:1.2.3.4::]")",
                      R"("a@[]")",
                      "\"\xC3\xA9@x.com\"",
                      R"("a@x_y.com")"});
  EXPECT_TRUE(violations(schema, "\"" + std::string(64, 'a') + "@x\"").empty());
  EXPECT_FALSE(violations(schema, "\"" + std::string(65, 'a') + "@x\"").empty());
  EXPECT_TRUE(violations(schema, "\"a@" + std::string(63, 'x') + "\"").empty());
  EXPECT_FALSE(violations(schema, "\"a@" + std::string(64, 'x') + "\"").empty());
  std::string domain = "x";
  while (domain.size() < 255) domain += ".x";
  EXPECT_TRUE(violations(schema, "\"a@" + domain + "\"").empty());
  EXPECT_FALSE(violations(schema, "\"a@" + domain + ".x\"").empty());
}

}  // namespace
}  // namespace sagad::definition
