#include <gmock/gmock.h>

#include <utility>
#include <vector>

#include "json/json.hpp"
#include "tests/unit/rehearsal/tried.hpp"

namespace sagad::rehearsal::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

sample sample_of(const std::string& text) {
  return make_sample(tests::load_definition(text), std::nullopt);
}

// A saga that reads nothing, with this schema of its input.
std::string with_schema(const std::string& schema) {
  return "saga: s\ninput: " + schema + "\nsteps: [{step: a, participant: p, action: {post: /a}, compensation: none}]\n";
}

TEST(sample, has_what_is_required_and_what_is_read_and_no_more) {
  const auto made = sample_of(R"(
saga: s
input:
  type: object
  required: [count]
  properties: {count: {type: integer, minimum: 3}, note: {type: string}, unread: {type: string}}
steps:
  - step: a
    participant: p
    action: {post: /a, body: {note: "${input.note}", deep: "${input.deep.er}"}}
    compensation: none
)");
  EXPECT_EQ(made.script.input, R"({"count":3,"note":"note","deep":{"er":"deep-er"}})");
  EXPECT_THAT(made.misfits, IsEmpty());
}

TEST(sample, fits_what_a_schema_can_say) {
  for (const auto* schema : {
           "{type: object, required: [a], properties: {a: {type: integer, exclusiveMinimum: 7, multipleOf: 5}}}",
           "{type: object, required: [a], properties: {a: {type: integer, maximum: -4}}}",
           "{type: object, required: [a], properties: {a: {type: integer, maximum: -1, multipleOf: 5}}}",
           "{type: object, required: [a], properties: {a: {type: integer, exclusiveMaximum: 5, multipleOf: 5}}}",
           "{type: object, required: [a], properties: {a: {type: number, exclusiveMaximum: 0}}}",
           "{type: object, required: [a], properties: {a: {enum: [eu, us]}}}",
           "{type: object, required: [a], properties: {a: {const: 7}}}",
           "{type: object, required: [a], properties: {a: {type: string, minLength: 20}}}",
           "{type: object, required: [abcd], properties: {abcd: {type: string, maxLength: 2}}}",
           "{type: object, required: [größe], properties: {größe: {type: string, maxLength: 3}}}",
           "{type: object, required: [größe], properties: {größe: {type: string, minLength: 7, maxLength: 7}}}",
           "{type: object, required: [a], properties: {a: {type: string, format: uuid}}}",
           "{type: object, required: [a], properties: {a: {type: string, format: date-time}}}",
           "{type: object, required: [a], properties: {a: {type: string, format: email}}}",
           "{type: object, required: [a], properties: {a: {type: string, pattern: '^[A-Z]{3}$'}}}",
           "{type: object, required: [a], properties: {a: {type: array, minItems: 3, uniqueItems: true, items: "
           "{type: string}}}}",
           "{type: object, required: [a], properties: {a: {type: [boolean, 'null']}}}",
           "{type: object, required: [a], properties: {a: {$ref: '#/$defs/b'}}, $defs: {b: {type: object, required: "
           "[c], "
           "properties: {c: {type: integer, minimum: 2}}}}}",
       }) {
    const auto made = sample_of(with_schema(schema));
    EXPECT_THAT(made.misfits, IsEmpty()) << schema << " and " << made.script.input;
    EXPECT_FALSE(json::check(made.script.input)) << made.script.input;
  }
}

TEST(sample, says_what_it_cannot_make_up) {
  const auto made = sample_of(
      with_schema("{type: object, required: [a], properties: {a: {type: string, maxLength: 7, pattern: '^q{7}z$'}}}"));
  EXPECT_THAT(made.misfits, ElementsAre(HasSubstr("/a: ")));
}

// Reads all of `a`, `b`, `c` and `d`.
std::string with_schema_read(const std::string& schema) {
  return "saga: s\ninput: " + schema +
         "\nsteps: [{step: a, participant: p, compensation: none, action: {post: /a, body: "
         "{a: \"${has(input.a) ? input.a : null}\", b: \"${has(input.b) ? input.b : null}\", c: \"${has(input.c) ? "
         "input.c : null}\"}}}]\n";
}

TEST(sample, is_without_what_may_be_absent_and_cannot_be_made_up) {
  constexpr const char* odd = "{type: string, maxLength: 7, pattern: '^q{7}z$'}";
  const std::vector<std::pair<std::string, std::string>> expected{
      {"{type: object, properties: {a: " + std::string(odd) + ", b: {type: string}}}", R"({"b":"b","c":"c"})"},
      {"{type: object, properties: {a: {type: string}, b: {type: object, required: [x], properties: {x: " +
           std::string(odd) + "}}}}",
       R"({"a":"a","c":"c"})"},
      {"{type: object, properties: {b: {type: object, required: [y], properties: {x: " + std::string(odd) +
           ", y: {type: integer}}}}}",
       R"({"b":{"y":1},"a":"a","c":"c"})"},
      {"{type: object, required: [a], properties: {a: {type: array, items: " + std::string(odd) + "}}}",
       R"({"a":[],"b":"b","c":"c"})"},
      {"{type: object, properties: {a: {type: string, maxLength: 2, format: email}}}", R"({"b":"b","c":"c"})"},
      {"{type: object, properties: {a: {type: string, minLength: 70000}}}", R"({"b":"b","c":"c"})"},
  };
  for (const auto& [schema, input] : expected) {
    const auto made = sample_of(with_schema_read(schema));
    EXPECT_EQ(made.script.input, input) << schema;
    EXPECT_THAT(made.misfits, IsEmpty()) << schema;
  }
}

TEST(sample, says_what_is_required_and_cannot_be_made_up_in_a_list) {
  const auto made = sample_of(with_schema(
      "{type: object, required: [a], properties: {a: {type: array, minItems: 1, items: {type: string, maxLength: 7, "
      "pattern: '^q{7}z$'}}}}"));
  EXPECT_THAT(made.misfits, ElementsAre(HasSubstr("/a/0: ")));
}

TEST(sample, ends_in_a_schema_that_requires_itself) {
  const auto made =
      sample_of(with_schema("{$ref: '#/$defs/node', $defs: {node: {type: object, required: [next], properties: {next: "
                            "{$ref: '#/$defs/node'}}}}}"));
  EXPECT_FALSE(json::check(made.script.input)) << made.script.input;
  EXPECT_THAT(made.misfits, ::testing::Not(IsEmpty()));
}

TEST(sample, takes_the_given_input_and_holds_it_against_the_schema) {
  const auto definition = tests::load_definition(with_schema("{type: object, required: [a]}"));
  EXPECT_EQ(make_sample(definition, R"({"a":1})").script.input, R"({"a":1})");
  EXPECT_THAT(make_sample(definition, "{}").misfits, ElementsAre("/a: is missing"));
  EXPECT_THAT(make_sample(definition, R"({"a":1,"a":2})").misfits, ElementsAre(HasSubstr("not JSON")));
}

TEST(sample, responds_with_all_that_is_read_of_types_that_serve) {
  tried saga(R"(
saga: s
steps:
  - step: price
    participant: p
    action: {post: /price}
    compensation: none
  - step: pay
    participant: p
    action: {post: "/pay/${steps.price.response.offer.id}", body: {sum: "${steps.price.response.sum * 2}"}}
    compensation: none
    when: "${steps.price.response.open && size(steps.price.response.offer.id) > 0}"
)");
  const auto played = saga.play();
  EXPECT_EQ(played.state, "completed");
  EXPECT_THAT(saga.calls(played), ElementsAre("price", "pay"));
  EXPECT_EQ(played.calls[1].target, "/pay/price-offer-id");
  EXPECT_EQ(played.calls[1].body, R"({"sum":2})");
}

}  // namespace
}  // namespace sagad::rehearsal::testing
