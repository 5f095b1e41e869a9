#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <random>
#include <string>

#include "json/json.hpp"

namespace {
thread_local bool out_of_memory = false;
}  // namespace

// In the place of the library's. Who throws when there is no memory is not held up.
void* operator new[](std::size_t size, const std::nothrow_t& /*unused*/) noexcept {
  if (out_of_memory) return nullptr;
  try {
    return ::operator new[](size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

namespace sagad::json {
namespace {

using ::testing::HasSubstr;

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

std::string what_is_wrong(std::string_view text) {
  return check(text).value_or("nothing");
}

TEST(json_check, accepts_each_kind_of_value) {
  for (const auto* text : {"null", "true", "false", "0", "-1", "1.5e-3", "\"\"", "[]", "{}", " \t\r\n[1]\n ",
                           R"({"a":{"b":[1,2,{"c":null}]}})", R"("\u0000\"\\\/\b\f\n\r\t")"}) {
    EXPECT_EQ(what_is_wrong(text), "nothing") << text;
  }
}

TEST(json_check, a_text_that_no_memory_is_left_for_is_not_refused) {
  const auto large = "[" + std::string(std::size_t{2} << 20U, ' ') + "]";
  out_of_memory = true;
  EXPECT_THROW(check(large), std::bad_alloc);
  out_of_memory = false;
  EXPECT_EQ(what_is_wrong(large), "nothing");
}

TEST(json_check, refuses_what_is_not_one_value_and_says_where) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "there is no text"},
      {"   ", "the text ends where a value is expected, at byte 3"},
      {"{} x", "something after the value, at byte 3"},
      {"[1] [2]", "something after the value, at byte 4"},
      {"{\"a\":1,}", "a member's name in quotes is expected here, at byte 7"},
      {"[1,]", "a value is expected here, at byte 3"},
      {"[1 2]", "a comma or the array's end is expected here, at byte 3"},
      {"{\"a\" 1}", "a colon is expected here, at byte 5"},
      {"{\"a\":1 \"b\":2}", "a comma or the object's end is expected here, at byte 7"},
      {"{a:1}", "a member's name in quotes is expected here, at byte 1"},
      {"'a'", "a value is expected here, at byte 0"},
      {"nul", "a value begins here that is none, at byte 0"},
      {"True", "a value is expected here, at byte 0"},
      {"\"abc", "the text ends within a string"},
      {"[\"a\nb\"]", "a control character stands in a string unescaped, at byte 3"},
      {"\"\\x\"", "an escape that JSON does not have, at byte 1"},
      {"\"\\u12g4\"", "\\u wants four hexadecimal digits, at byte 1"},
      {"[01]", "a number is not written as JSON writes it, at byte 1"},
      {"[1.]", "a number is not written as JSON writes it, at byte 1"},
      {"[-]", "a number is not written as JSON writes it, at byte 1"},
      {"[+1]", "a value is expected here, at byte 1"},
      {"[.5]", "a value is expected here, at byte 1"},
      {"[1e]", "a number is not written as JSON writes it, at byte 1"},
      {"NaN", "a value is expected here, at byte 0"},
      {"// no\n1", "a value is expected here, at byte 0"},
  };
  for (const auto& [text, expected] : cases) EXPECT_THAT(what_is_wrong(text), HasSubstr(expected)) << text;
}

TEST(json_check, refuses_nul_bytes_and_byte_order_marks) {
  EXPECT_NE(check(std::string("\0", 1)), std::nullopt);
  EXPECT_NE(check(std::string("{}\0", 3)), std::nullopt);
  EXPECT_NE(check(std::string("\"a\0b\"", 5)), std::nullopt);
  EXPECT_THAT(what_is_wrong("\xEF\xBB\xBF{}"), HasSubstr("byte order mark"));
}

TEST(json_check, takes_depth_64_and_refuses_65) {
  EXPECT_EQ(what_is_wrong(nested(depth_max)), "nothing");
  EXPECT_THAT(what_is_wrong(nested(depth_max + 1)), HasSubstr("nested deeper than 64"));
  EXPECT_THAT(what_is_wrong(nested(100'000)), HasSubstr("nested deeper than 64"));
  std::string objects = "1";
  for (std::size_t level = 0; level < depth_max; ++level) objects = "{\"a\":" + objects + "}";
  EXPECT_EQ(what_is_wrong(objects), "nothing");
  EXPECT_THAT(what_is_wrong("[" + objects + "]"), HasSubstr("nested deeper than 64"));
}

TEST(json_check, refuses_doubled_names_wherever_and_however_written) {
  EXPECT_EQ(what_is_wrong(R"({"a":1,"a":2})"), R"(the name "a" occurs twice in the outermost object)");
  EXPECT_EQ(what_is_wrong(R"({"a":1,"\u0061":2})"), R"(the name "a" occurs twice in the outermost object)");
  EXPECT_EQ(what_is_wrong(R"({"x":[{},{"p/q":{"":1,"":2}}]})"),
            R"(the name "" occurs twice in the object at "/x/1/p~1q")");
  EXPECT_EQ(what_is_wrong(R"({"a":{"a":1},"b":{"a":1}})"), "nothing");
  EXPECT_EQ(what_is_wrong(R"({"a":1,"A":2})"), "nothing");
}

TEST(json_check, finds_a_doubled_name_among_many) {
  std::string text = "{";
  for (int number = 0; number < 5000; ++number) text += "\"" + std::to_string(number) + "\":0,";
  EXPECT_EQ(what_is_wrong(text + "\"last\":0}"), "nothing");
  EXPECT_THAT(what_is_wrong(text + "\"4711\":0}"), HasSubstr("\"4711\" occurs twice"));
}

TEST(json_check, refuses_what_is_not_utf8) {
  for (const auto* text : {"\"\xFF\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xE2\x82\"",
                           "\xFF", "{\"\x80\":1}"}) {
    EXPECT_EQ(what_is_wrong(text), "the text is not UTF-8") << text;
  }
  EXPECT_EQ(what_is_wrong("\"\xF0\x9F\x98\x80\xE2\x82\xAC\""), "nothing");
}

TEST(json_check, refuses_half_a_surrogate_pair) {
  for (const auto* text : {R"("\ud83d")", R"("\ude00")", R"("\ud83d\ud83d")", R"("\ud83dx")", R"("\ude00\ud83d")",
                           R"({"\uD83D":1})", R"(["\ud83d\n"])", R"("\ud83d\u0041")"}) {
    EXPECT_THAT(what_is_wrong(text), HasSubstr("half a surrogate pair is no character")) << text;
  }
  EXPECT_EQ(what_is_wrong(R"("\ud83d\ude00 \uD7FF \uE000 \\ud83d")"), "nothing");
}

TEST(json_check, takes_numbers_of_any_size) {
  for (const auto* text : {"9223372036854775808", "18446744073709551616", "-9223372036854775809", "1e400", "-1e-400",
                           R"({"a":[123456789012345678901234567890.5e10,1],"1e999":"1e999"})"}) {
    EXPECT_EQ(what_is_wrong(text), "nothing") << text;
  }
  for (const auto* text : {"0123456789012345678901234567890", "[1e400,]", "1e400 1", "18446744073709551616x",
                           R"({"a":1e400,"a":1})", "[18446744073709551616,-]"}) {
    EXPECT_NE(check(text), std::nullopt) << text;
  }
}

TEST(json_check, takes_texts_larger_than_what_a_thread_keeps) {
  const std::string letters(3U << 20U, 'x');
  EXPECT_EQ(what_is_wrong("[\"" + letters + "\"]"), "nothing");
  EXPECT_NE(check("[\"" + letters + "\"]]"), std::nullopt);
  EXPECT_EQ(what_is_wrong("[1]"), "nothing");
}

// Whatever is changed in a good text, an answer comes, and text that is accepted can be walked.
TEST(json_check, survives_every_change_of_one_or_two_bytes) {
  const std::string good = R"({"a":[1,-2.5e3,{"b":"x\u00e9\ud83d\ude00\\"}],"c":null,"d":true,"e":""})";
  ASSERT_EQ(what_is_wrong(good), "nothing");
  std::mt19937 random(20240607);
  const std::string letters = "{}[]\",:\\u0e-+. \ntfn\xC3\x01";
  for (int round = 0; round < 50'000; ++round) {
    std::string text = good;
    for (int change = 0; change < 1 + round % 2; ++change)
      text[random() % text.size()] = letters[random() % letters.size()];
    if (round % 5 == 0) text.resize(random() % (text.size() + 1));
    if (check(text)) continue;
    const std::string once = canonical(text);
    ASSERT_EQ(what_is_wrong(once), "nothing") << text;
    ASSERT_EQ(canonical(once), once) << text;
  }
}

}  // namespace
}  // namespace sagad::json
