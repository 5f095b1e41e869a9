#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "definition/template_program.hpp"
#include "json/json.hpp"
#include "support.hpp"

namespace sagad::definition {
namespace {

using testing::HasSubstr;

std::string body_of(const std::string& written, const std::string& input = "{}", std::size_t bytes_max = 1U << 20U) {
  const auto loaded = test::with_body(written);
  return test::rendered(loaded->steps[0].action.body, *loaded, input, {}, bytes_max);
}

// An expression alone in its text, in YAML's single quotes.
std::string template_value(const std::string& expression, const std::string& input = "{}") {
  return body_of("'${" + expression + "}'", input);
}

TEST(body, without_expressions_is_the_json_that_was_written) {
  EXPECT_EQ(body_of(R"({b: [1, 2.50, null, true], a: "x\ty", "q\"": {}})"),
            R"({"a":"x\ty","b":[1,2.50,null,true],"q\"":{}})");
  EXPECT_EQ(body_of("text"), "\"text\"");
  EXPECT_EQ(body_of("[]"), "[]");
}

TEST(body, splices_a_reference_that_stands_alone_as_raw_json) {
  EXPECT_EQ(body_of("{a: '${input.x}'}", R"({"x":{"b":[1.50,"\u00e9"]}})"), R"({"a":{"b":[1.50,"\u00e9"]}})");
  EXPECT_EQ(body_of("'${input}'", R"( {"x" : 1} )"), R"({"x" : 1})");
  EXPECT_EQ(body_of("['${input.x}', '${ (input.x) }']", R"({"x":"a"})"), R"(["a","a"])");
  EXPECT_EQ(body_of("'${input.x}'", R"({"x":null})"), "null");
  EXPECT_EQ(body_of("'${saga.id}'"), "\"01J0000000000000000000SAGA\"");
}

TEST(body, embeds_values_into_longer_texts) {
  EXPECT_EQ(body_of("'x=${input.x}!'", R"({"x":"a \"b\"\n"})"), R"("x=a \"b\"\n!")");
  EXPECT_EQ(body_of("'x=${input.x}'", R"({"x":"\u0022,\"y\":1"})"), R"("x=\u0022,\"y\":1")");
  EXPECT_EQ(body_of("'${input.x}${input.x}'", R"({"x":-7})"), "\"-7-7\"");
  EXPECT_EQ(body_of("'is ${input.x}'", R"({"x":true})"), "\"is true\"");
  EXPECT_EQ(body_of("'is ${input.x}'", R"({"x":1.50})"), "\"is 1.50\"");
  EXPECT_EQ(body_of("' ${1 + 2} '"), "\" 3 \"");
  EXPECT_EQ(body_of("'a ${\"q\" + input.x}'", R"({"x":"\""})"), R"("a q\"")");
  EXPECT_EQ(body_of("'sale ${saga.id}'"), "\"sale 01J0000000000000000000SAGA\"");
}

TEST(body, refuses_to_embed_what_is_no_text) {
  EXPECT_EQ(body_of("'a ${input.x}'", R"({"x":{}})"),
            "fault: `input.x` is an object, which has no place inside a text");
  EXPECT_EQ(body_of("'a ${input.x}'", R"({"x":[]})"), "fault: `input.x` is a list, which has no place inside a text");
  EXPECT_EQ(body_of("'a ${input.x}'", R"({"x":null})"), "fault: `input.x` is null, which has no place inside a text");
}

TEST(body, whose_value_is_absent_is_a_fault) {
  EXPECT_EQ(template_value("input.x.y", R"({"x":{}})"), "fault: `input.x.y` is absent");
  EXPECT_EQ(body_of("'a ${input.x}'"), "fault: `input.x` is absent");
  EXPECT_EQ(template_value("1 + input.x"), "fault: `1 + input.x`: `input.x` is absent");
}

TEST(body, keeps_dollars_that_begin_no_expression) {
  EXPECT_EQ(body_of("'$${input.x} $$$${ $ $$ {} $x}'", R"({"x":1})"), "\"${input.x} $$${ $ $$ {} $x}\"");
  EXPECT_EQ(body_of("'$$${input.x}'", R"({"x":1})"), "\"$${input.x}\"");
}

TEST(body, is_never_rendered_past_its_bound) {
  const std::string input = R"({"x":")" + std::string(1000, 'a') + "\"}";
  EXPECT_EQ(body_of("'${input.x}'", input, 1002).size(), 1002U);
  EXPECT_THAT(body_of("'${input.x}'", input, 1001), HasSubstr("fault: the text grows larger than 1001 bytes"));
  std::string many = "[";
  for (int at = 0; at < 1000; ++at) many += "'${input.x}',";
  EXPECT_THAT(body_of(many + "0]", input, 5000), HasSubstr("grows larger than 5000 bytes"));
  EXPECT_THAT(body_of("'${input.x + input.x}'", input, 1999), HasSubstr("grows larger than 1999 bytes"));
  EXPECT_EQ(body_of("12345", "{}", 5), "12345");
  EXPECT_THAT(body_of("12345", "{}", 4), HasSubstr("grows larger"));
}

TEST(body, bound_counts_what_is_there_already) {
  const auto loaded = test::with_body("12345");
  std::string out = "head ";
  EXPECT_EQ(loaded->steps[0].action.body.render({}, 10, out), std::nullopt);
  EXPECT_EQ(out, "head 12345");
  EXPECT_NE(loaded->steps[0].action.body.render({}, 14, out), std::nullopt);
}

TEST(empty_template, has_nothing_to_render) {
  std::string out = "x";
  EXPECT_TRUE(text_template().empty());
  EXPECT_EQ(text_template().render({}, 0, out), std::nullopt);
  EXPECT_EQ(out, "x");
}

TEST(expression, counts_with_the_usual_precedences) {
  EXPECT_EQ(template_value("1 + 2 * 3"), "7");
  EXPECT_EQ(template_value("(1 + 2) * 3"), "9");
  EXPECT_EQ(template_value("10 - 3 - 2"), "5");
  EXPECT_EQ(template_value("100 / 7 / 2"), "7");
  EXPECT_EQ(template_value("-(3 - 5) * -4"), "-8");
  EXPECT_EQ(template_value("- 5 + - - 5"), "0");
  EXPECT_EQ(template_value("7 % 4 * 2"), "6");
  EXPECT_EQ(template_value("1+2*3-4/2%3"), "5");
}

TEST(expression, divides_towards_zero) {
  EXPECT_EQ(template_value("-7 / 2"), "-3");
  EXPECT_EQ(template_value("-7 % 2"), "-1");
  EXPECT_EQ(template_value("7 % -2"), "1");
}

TEST(expression, never_wraps_around) {
  const std::string most = "9223372036854775807";
  const std::string least = "-9223372036854775808";
  EXPECT_EQ(template_value(least), least);
  EXPECT_EQ(template_value(most + " + 0"), most);
  const std::string input = R"({"most":)" + most + R"(,"least":)" + least + R"(,"root":3037000500,"zero":0})";
  for (const std::string text : {"input.most + 1", "input.least - 1", "input.most * 2", "input.least / -1",
                                 "input.least % -1", "-input.least", "input.root * input.root"}) {
    EXPECT_EQ(template_value(text, input), "fault: `" + text + "`: the result does not fit into 64 bits");
  }
  EXPECT_EQ(template_value("1 / input.zero", input), "fault: `1 / input.zero`: a division by zero");
  EXPECT_EQ(template_value("1 % (input.zero - 0)", input), "fault: `1 % (input.zero - 0)`: a division by zero");
}

TEST(expression, reads_integers_however_they_are_written) {
  EXPECT_EQ(template_value("input.x * 2", R"({"x":21})"), "42");
  EXPECT_EQ(template_value("input.x * 2", R"({"x":2.1e1})"), "42");
  EXPECT_EQ(template_value("input.x * 2", R"({"x":21.0})"), "42");
  EXPECT_EQ(
      template_value("input.x * 2", R"({"x":1.5})"),
      "fault: `input.x * 2`: `*` stands between a double and an integer: make them the same with int(), uint() or "
      "double()");
  EXPECT_EQ(template_value("input.x * 2", R"({"x":9223372036854775808})"),
            "fault: `input.x * 2`: the number 9223372036854775808 does not fit into 64 bits");
  EXPECT_EQ(template_value("input.x * 2", R"({"x":true})"),
            "fault: `input.x * 2`: `*` stands between true or false and an integer");
  EXPECT_EQ(template_value("input.x * 2", R"({"x":"2"})"),
            "fault: `input.x * 2`: `*` stands between text and an integer");
}

TEST(expression, joins_texts_with_a_plus) {
  EXPECT_EQ(template_value("input.x + \"-\" + input.y", R"({"x":"a\n","y":"\u00e9"})"), "\"a\\n-\xC3\xA9\"");
  EXPECT_EQ(template_value("\"a\\\\\" + \"}\""), R"("a\\}")");
  EXPECT_THAT(template_value("input.x - input.x", R"({"x":"a"})"), HasSubstr("only + joins"));
  EXPECT_THAT(template_value("-input.x", R"({"x":"a"})"), HasSubstr("text has no negative"));
}

TEST(expression, finds_members_and_elements) {
  const std::string input = R"({"a":{"b":[{"c":7}]},"odd name":{"x-y":[[8]]},"in":9,"":{"":10}})";
  EXPECT_EQ(template_value("input.a.b[0].c", input), "7");
  EXPECT_EQ(template_value("input[\"odd name\"][\"x-y\"][0][0]", input), "8");
  EXPECT_EQ(template_value(" input . a [ \"b\" ] [ 0 ] . c ", input), "7");
  EXPECT_EQ(template_value("input[\"in\"]", input), "9");
  EXPECT_EQ(template_value("input[\"\"][\"\"]", input), "10");
  EXPECT_EQ(template_value("input.a.b[1].c", input), "fault: `input.a.b[1].c` is absent");
}

TEST(expression, names_the_same_value_once_however_it_is_written) {
  const auto loaded =
      test::with_body(R"(['${input.a.b}', '${input["a"].b + 1}', 'x ${ input.a ["b"] }', '${input.a}'])");
  EXPECT_EQ(loaded->slices.size(), 2U);
  EXPECT_EQ(loaded->input_slices.size(), 2U);
}

// Deep and wide at once: no program may need more room than there is.
TEST(expression, of_the_deepest_nesting_is_evaluated) {
  std::string text = "1";
  for (int level = 0; level < 23; ++level) text = "1 + 2 * (" + text + ")";
  EXPECT_EQ(template_value(text).find("fault"), std::string::npos);
  std::string minuses(22, '-');
  EXPECT_EQ(template_value(minuses + "(1)"), "1");
}

// Random sums of products against the same sums in 128 bits.
struct random_expression {
  std::string text;
  __extension__ __int128 value;
};

random_expression random_sum(std::mt19937& random, int depth) {
  if (depth == 0 || random() % 4 == 0) {
    const auto number = static_cast<int>(random() % 2001) - 1000;
    return {number < 0 ? "(" + std::to_string(number) + ")" : std::to_string(number), number};
  }
  const auto left = random_sum(random, depth - 1);
  const auto right = random_sum(random, depth - 1);
  switch (random() % 3) {
    case 0: return {"(" + left.text + " + " + right.text + ")", left.value + right.value};
    case 1: return {"(" + left.text + " - " + right.text + ")", left.value - right.value};
    default: return {left.text + " * " + right.text, left.value * right.value};
  }
}

TEST(expression, agrees_with_wider_arithmetic_on_random_sums) {
  std::mt19937 random(99);
  for (int round = 0; round < 500; ++round) {
    const auto wanted = random_sum(random, 3);  // at most 1000^8 = 10^24, which 128 bits hold
    const auto got = template_value(wanted.text);
    const bool fits = wanted.value >= INT64_MIN && wanted.value <= INT64_MAX;
    if (fits && got.find("fault") == std::string::npos) {
      ASSERT_EQ(got, std::to_string(static_cast<std::int64_t>(wanted.value))) << wanted.text;
    } else {
      ASSERT_THAT(got, HasSubstr("does not fit into 64 bits")) << wanted.text;
    }
  }
}

TEST(body, that_renders_is_always_json) {
  const auto loaded = test::loaded_or_throw(test::read_file("tests/data/definitions/good/templates.yaml"));
  for (const auto* input : {R"({"x":5,"y":"\"\\\n\u2028","list":[{"a":[]}]})", R"({"x":-1,"y":"","list":[null,2]})"}) {
    const auto body = test::rendered(loaded->steps[0].action.body, *loaded, input);
    EXPECT_EQ(json::check(body), std::nullopt) << body;
  }
}

}  // namespace
}  // namespace sagad::definition
