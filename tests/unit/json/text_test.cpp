#include <gtest/gtest.h>

#include <string>

#include "json/json.hpp"

namespace sagad::json {
namespace {

std::string as_json(std::string_view text) {
  std::string out = "=";
  append_string(out, text);
  return out.substr(1);
}

TEST(json_text, strings_are_escaped_where_they_must_be_and_nowhere_else) {
  EXPECT_EQ(as_json(""), R"("")");
  EXPECT_EQ(as_json("a/b\x7F\xE2\x82\xAC"), "\"a/b\x7F\xE2\x82\xAC\"");
  EXPECT_EQ(as_json("q\"b\\n\nt\tr\rb\bf\f"), R"("q\"b\\n\nt\tr\rb\bf\f")");
  EXPECT_EQ(as_json(std::string_view("\0\x01\x1F", 3)), R"("\u0000\u0001\u001f")");
}

TEST(json_text, every_character_survives_escaping_and_back) {
  std::string all;
  for (int byte = 0; byte < 0x80; ++byte) all += static_cast<char>(byte);
  all += "\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF";
  EXPECT_EQ(check(as_json(all)), std::nullopt);
  EXPECT_EQ(unescape(as_json(all)), all);
}

TEST(json_text, escapes_of_others_are_understood) {
  EXPECT_EQ(unescape(R"("\u0041\/\u00e9\u20AC\uD83D\uDE00\uFFFF|")"),
            "A/\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBF|");
  EXPECT_EQ(unescape(R"("\\u0041\"")"), "\\u0041\"");
  EXPECT_EQ(unescape(R"("\u0000")"), std::string(1, '\0'));
}

TEST(json_canonical, sorts_members_at_every_level_and_drops_white_space) {
  EXPECT_EQ(canonical(R"( { "b" : [ { "z":1, "y":2 } , [ ] ], "a" : { } } )"), R"({"a":{},"b":[{"y":2,"z":1},[]]})");
  EXPECT_EQ(canonical(R"({"B":1,"a":2,"A":3,"":4,"aa":5})"), R"({"":4,"A":3,"B":1,"a":2,"aa":5})");
}

TEST(json_canonical, keeps_the_text_of_numbers) {
  EXPECT_EQ(canonical("[1.0, 1, 1e0, -0, 100000000000000000000]"), "[1.0,1,1e0,-0,100000000000000000000]");
}

TEST(json_canonical, strings_are_written_in_one_way) {
  EXPECT_EQ(canonical(R"({"\u0062":"\/\u0041","a":"\u000a"})"), R"({"a":"\n","b":"/A"})");
}

TEST(json_canonical, names_sort_by_their_bytes_not_by_their_escapes) {
  EXPECT_EQ(canonical(R"({"\u007a":1,"m":2,"\u00e9":3,"~":4})"), "{\"m\":2,\"z\":1,\"~\":4,\"\xC3\xA9\":3}");
}

TEST(append_member, puts_commas_between_members_and_none_before_the_first) {
  std::string out = "{";
  append_text(out, "say", "\"hi\"");
  append_number(out, "least", INT64_MIN);
  append_name(out, "in");
  out += '{';
  append_number(out, "most", INT64_MAX);
  out += "}}";
  EXPECT_EQ(out, R"({"say":"\"hi\"","least":-9223372036854775808,"in":{"most":9223372036854775807}})");
}

TEST(append_member, writes_the_same_however_long_it_is_and_whatever_it_holds) {
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 220U, 221U, 222U, 223U, 224U, 225U, 1000U}) {
    const std::string plain(size, 'x');
    std::string out = "{";
    append_text(out, "a", plain);
    append_text(out, plain, "b");
    append_number(out, plain, -7);
    append_text(out, "c", plain + "\n");
    append_text(out, plain + "\"", "d");
    append_number(out, plain + "\"", 8);
    EXPECT_EQ(out, "{\"a\":\"" + plain + "\",\"" + plain + "\":\"b\",\"" + plain + "\":-7,\"c\":\"" + plain +
                       "\\n\",\"" + plain + "\\\"\":\"d\",\"" + plain + "\\\"\":8");
  }
}

TEST(append_member, takes_a_text_that_lies_nowhere_for_an_empty_one) {
  std::string out = "{";
  append_text(out, "a", std::string_view());
  EXPECT_EQ(out, R"({"a":"")");
}

}  // namespace
}  // namespace sagad::json
