#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "play.hpp"

namespace sagad::definition::expression {
namespace {

using test::given;
using testing::HasSubstr;

TEST(evaluation, hands_on_what_it_does_not_touch_as_the_json_that_it_is) {
  EXPECT_EQ(given("true ? input.x : 1", R"({"x": {"a" : 1.50}})"), R"({"a" : 1.50})");
  EXPECT_EQ(given("[input.x, input.y]", R"({"x":"\u00e9","y":1e2})"), R"(["\u00e9",1e2])");
  EXPECT_EQ(given("{'a': input.x}", R"({"x":[ 1,2 ]})"), R"({"a":[ 1,2 ]})");
  EXPECT_EQ(given("input.x.filter(l, l.n > 1)", R"({"x":[{"n":1},{"n":2.0, "k":7}]})"), R"([{"n":2.0, "k":7}])");
}

TEST(evaluation, reads_json_as_deep_as_it_is_asked) {
  const std::string input = R"({"at":1,"key":"b c","rows":[[1,2],[3,{"b c":"\"x\""}]],"m":{"1":2}})";
  EXPECT_EQ(given("input.rows[input.at][1][input.key]", input), R"("\"x\"")");
  EXPECT_EQ(given("input.rows[input.at][1].`b c` == '\"x\"'", input), "true");
  EXPECT_EQ(given("size(input.rows) + input.rows[0].size() + size(input.m) + size(input.key)", input), "8");
  EXPECT_EQ(given("input.rows[input.at + 1]", input), "fault: the list has no element 2");
  EXPECT_EQ(given("input.m[input.at]", input), "fault: the map has no 1");
  EXPECT_EQ(given("input.m[input.key]", input), "fault: the map has no `b c`");
  EXPECT_EQ(given("input.key.x.y", input), "fault: `input.key.x.y` is absent");
  EXPECT_EQ(given("input.rows[input.at].x", input), "fault: `.x` follows a list, which has no members");
  EXPECT_EQ(given("input.key[input.at]", input), "fault: [...] follows text, which has no elements");
}

TEST(evaluation, compares_json_by_value) {
  const std::string input = R"({"a":{"x":1,"y":["\u0061",null]},"b":{"y":["a",null],"x":1.0},"c":[1,2.50,true]})";
  EXPECT_EQ(given("input.a == input.b", input), "true");
  EXPECT_EQ(given("input.a == {'y': ['a', null], 'x': 1}", input), "true");
  EXPECT_EQ(given("input.a != {'y': ['a', null], 'x': 2}", input), "true");
  EXPECT_EQ(given("input.c == [1, 2.5, true]", input), "true");
  EXPECT_EQ(given("2.5 in input.c && 3 in input.c", input), "false");
  EXPECT_EQ(given("'x' in input.a && !('z' in input.a) && !(1 in input.a)", input), "true");
}

TEST(evaluation, counts_a_json_number_by_its_value_however_it_is_written) {
  EXPECT_EQ(given("input.x + 1", R"({"x":2.0})"), "3");
  EXPECT_EQ(given("input.x + 1", R"({"x":20e-1})"), "3");
  EXPECT_EQ(given("input.x + 1.0", R"({"x":2.5})"), "3.5");
  EXPECT_EQ(given("input.x > 0", R"({"x":1e400})"), "fault: the number 1e400 is larger than a double can be");
  EXPECT_EQ(given("input.x == 0", R"({"x":18446744073709551616})"),
            "fault: the number 18446744073709551616 does not fit into 64 bits");
  EXPECT_EQ(given("[input.x]", R"({"x":18446744073709551616})"), "[18446744073709551616]");
}

TEST(evaluation, asks_for_members_on_the_whole_way) {
  const std::string input = R"({"a":{"b":null,"list":[{"c":1}]}})";
  EXPECT_EQ(given("has(input.a.b)", input), "true");
  EXPECT_EQ(given("has(input.a.c)", input), "false");
  EXPECT_EQ(given("has(input.x.y.z)", input), "false");
  EXPECT_EQ(given("has(input.a.b.c)", input), "false");
  EXPECT_EQ(given("has(input.a.list[0].c)", input), "true");
  EXPECT_EQ(given("input.a.list.exists(x, has(x.c)) && !input.a.list.exists(x, has(x.d))", input), "true");
  EXPECT_EQ(given("has(input.x) ? input.x : 'none'", input), "\"none\"");
}

TEST(evaluation, takes_keys_of_maps_in_macros) {
  EXPECT_EQ(given("input.m.map(k, input.m[k] * 2)", R"({"m":{"a":1,"b\n":2}})"), "[2,4]");
  EXPECT_EQ(given("input.l.map(x, x > 1, x * 10)", R"({"l":[1,2,3]})"), "[20,30]");
  EXPECT_EQ(given("input.l.map(x, input.l.map(y, x * y))", R"({"l":[1,2]})"), "[[1,2],[2,4]]");
  EXPECT_EQ(given("input.l.map(x, 'n', x)", R"({"l":[1]})", false), "fault: `.map` wants true or false, and got text");
}

TEST(evaluation, of_a_map_with_other_keys_than_text_is_no_json) {
  EXPECT_EQ(given("{1: 2}"),
            "fault: a map in the result has an integer for a key: JSON has text only, as in string(key)");
  EXPECT_EQ(given("{string(1): 2}"), R"({"1":2})");
  EXPECT_EQ(given("{'a': 1, 'a': 2}", "{}", false), "fault: the map has `a` twice");
  EXPECT_EQ(given("1.0 / 0.0"), "fault: the result is inf, a number that JSON has not");
}

// A list of that many ones.
std::string ones(std::size_t count) {
  std::string text = R"({"l":[1)";
  for (std::size_t at = 1; at < count; ++at) text += ",1";
  return text + "]}";
}

TEST(evaluation, ends_when_its_steps_are_spent) {
  EXPECT_EQ(given("input.l.all(x, input.l.all(y, y == x))", ones(100)), "true");
  EXPECT_EQ(given("input.l.all(x, input.l.all(y, y == x))", ones(200)), "fault: it takes more than 100000 steps");
  // Neither || nor a result that is decided already absorbs that.
  EXPECT_EQ(given("input.l.all(x, input.l.all(y, y == x)) || true", ones(200)),
            "fault: it takes more than 100000 steps");
}

TEST(evaluation, pays_for_long_texts_and_lists) {
  const std::string input = R"({"t":")" + std::string(100'000, 'a') + R"(","l":[)" + ones(100).substr(6, 199) + "]}";
  ASSERT_EQ(json::check(input), std::nullopt);
  EXPECT_EQ(given("input.t.contains('b')", input), "false");
  EXPECT_EQ(given("input.l.exists(x, input.t.contains('b'))", input), "fault: it takes more than 100000 steps");
  EXPECT_EQ(given("input.l.map(x, input.t + 'b').size()", input), "fault: it takes more than 100000 steps");
  EXPECT_EQ(given("size(input.l.map(x, size(input.l + input.l)))", input), "100");
}

TEST(evaluation, gives_at_most_64_kib) {
  const auto text_of_size = [](std::size_t size) { return R"({"t":")" + std::string(size - 2, 'a') + "\"}"; };
  EXPECT_EQ(given("true ? input.t : ''", text_of_size(result_bytes_max)).size(), result_bytes_max);
  EXPECT_EQ(given("true ? input.t : ''", text_of_size(result_bytes_max + 1)),
            "fault: the result grows larger than 65536 bytes");
  EXPECT_EQ(given("input.t + 'b'", text_of_size(result_bytes_max)), "fault: the result grows larger than 65536 bytes");
  EXPECT_EQ(given("[input.t, 1]", text_of_size(result_bytes_max - 3)),
            "fault: the result grows larger than 65536 bytes");
  EXPECT_EQ(given("[input.t,1]", text_of_size(result_bytes_max - 4)).size(), result_bytes_max);
}

TEST(evaluation, of_a_text_gives_its_characters) {
  const auto text = [](const std::string& source, const std::string& input) {
    const test::program made(source);
    const auto outcome = evaluate_text(made.code, made.values(input));
    return outcome.fault ? "fault: " + *outcome.fault : outcome.text;
  };
  EXPECT_EQ(text("input.x + '!'", R"({"x":"\n"})"), "\n!");
  EXPECT_EQ(text("true ? input.x : ''", R"({"x":"\u00e9"})"), "\xC3\xA9");
  EXPECT_EQ(text("true ? input.x : ''", R"({"x":1.50})"), "1.50");
  EXPECT_EQ(text("1 < 2", "{}"), "true");
  EXPECT_EQ(text("1.5", "{}"), "1.5");
  EXPECT_EQ(text("true ? input.x : ''", R"({"x":null})"),
            "fault: the result is null, which has no place inside a text");
  EXPECT_EQ(text("[input.x]", R"({"x":1})"), "fault: the result is a list, which has no place inside a text");
  EXPECT_THAT(text("input.x + ''", R"({"x":")" + std::string(result_bytes_max + 1, 'a') + "\"}"),
              HasSubstr("larger than 65536"));
}

TEST(evaluation, of_a_condition_gives_true_or_false) {
  const auto truth = [](const std::string& source, const std::string& input) {
    const test::program made(source);
    const auto outcome = evaluate_condition(made.code, made.values(input));
    const auto* fault = std::get_if<std::string>(&outcome);
    return fault != nullptr ? "fault: " + *fault : std::get<bool>(outcome) ? "yes" : "no";
  };
  EXPECT_EQ(truth("input.x", R"({"x":true})"), "yes");
  EXPECT_EQ(truth("input.x > 1", R"({"x":1})"), "no");
  EXPECT_EQ(truth("input.x", R"({"x":1})"), "fault: the result is an integer, where true or false is expected");
  EXPECT_EQ(truth("input.x", "{}"), "fault: `input.x` is absent");
}

}  // namespace
}  // namespace sagad::definition::expression
