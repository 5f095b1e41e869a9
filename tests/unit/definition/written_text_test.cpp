#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "json/json.hpp"
#include "support.hpp"

namespace sagad::definition {
namespace {

using testing::HasSubstr;

TEST(yaml, is_read_by_the_core_types) {
  const auto loaded = test::loaded_or_throw(test::read_file("tests/data/definitions/good/core_types.yaml"));
  const auto body = test::rendered(loaded->steps[0].action.body, *loaded, "{}");
  EXPECT_EQ(body,
            R"({"date":"2024-06-07","decimal":1.50,"emoji":")"
            "\xF0\x9F\x98\x80 \xC3\xA9"
            R"(","empty":"","escaped":"tab\tquote\"nul\u0000","exponent":1e3,"false":false,"folded":"one line",)"
            R"("integer":-12,"large":123456789012345678901234567890,"literal":"two\nlines\n","merge":{"<<":{"a":1}},)"
            R"("no":"no","not_a_number":"0x","nothing":null,"null":null,"on":"on","quoted":"12","single":"it's",)"
            R"("time":"12:30:45","true":true,"underscore":"1_000","version":"1.2.3","yes":"Yes"})");
}

TEST(yaml, and_json_of_the_same_content_are_the_same_definition) {
  const auto yaml =
      test::loaded_or_throw("saga: minimal\n" + test::read_file("tests/data/definitions/good/minimal.yaml"));
  const auto json = test::loaded_or_throw(test::read_file("tests/data/definitions/good/minimal.json"));
  EXPECT_EQ(yaml->content, json->content);
}

TEST(yaml, may_begin_with_a_byte_order_mark_and_have_windows_lines) {
  std::string text = "\xEF\xBB\xBF" + test::read_file("sagas/sale.yaml");
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2)) text.insert(at, "\r");
  EXPECT_EQ(test::loaded_or_throw(text)->content, test::loaded_or_throw(test::read_file("sagas/sale.yaml"))->content);
}

TEST(json_text, has_lines_and_columns) {
  EXPECT_EQ(test::mistakes_of(
                "{\n  \"saga\": \"sale\",\n  \"stepz\": [],\n\t\"steps\": [{\"stpe\": 1,\n\"step\": \"a\", "
                "\"participant\": \"escrow\",\n \"action\": {\"post\": \"/v1/a\"}, \"compensation\": \"none\"}]}"),
            "3:3 unknown key `stepz` in a saga: did you mean `steps`?\n4:13 unknown key `stpe` in a step: did you mean "
            "`step`?\n");
}

TEST(json_text, may_have_what_yaml_cannot_read) {
  EXPECT_EQ(
      test::mistakes_of("{\t\"description\":\t\"\\ud83d\\ude00 "
                        "\\/\",\"steps\":\t[{\"step\":\"a\",\"participant\":\"escrow\",\t\"action\":{\"post\":\"\\/"
                        "v1\\/a\"},\"compensation\":\"none\"}]}"),
      "nothing");
}

TEST(text, nested_32_deep_is_read_and_33_is_not) {
  const auto body = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  // The body of a step's action lies four levels deep.
  EXPECT_NO_THROW(test::with_body(body(28)));
  EXPECT_THROW(test::with_body(body(29)), std::runtime_error);
  EXPECT_NE(test::mistakes_of(std::string(100'000, '[')), "nothing");
  EXPECT_NE(test::mistakes_of(body(100'000)), "nothing");
  EXPECT_NE(test::mistakes_of(std::string(100'000, '{')), "nothing");
  std::string block;
  for (std::size_t level = 0; level < 200; ++level) block += std::string(level, ' ') + "a:\n";
  EXPECT_THAT(test::mistakes_of(block), HasSubstr("nested deeper than 32"));
}

// Whatever is changed in a good text: an answer comes, with places inside it, and what is accepted has a canonical form
// that holds.
TEST(text, survives_random_changes) {
  const std::string good = test::read_file("tests/data/definitions/good/every_key.yaml");
  const std::string letters = "{}[]:,-\"'&*!|>#%@` \n\tax0.$~\\";
  std::mt19937 random(20240608);
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (int change = 0; change < 1 + round % 3; ++change) {
      const auto at = random() % text.size();
      switch (random() % 4) {
        case 0: text.erase(at, 1 + random() % 10); break;
        case 1: text.insert(at, 1, letters[random() % letters.size()]); break;
        case 2: text[at] = static_cast<char>(random() % 256); break;
        default: text[at] = letters[random() % letters.size()]; break;
      }
    }
    const auto result = load(text, test::market());
    if (const auto* loaded = std::get_if<definition_ptr>(&result)) {
      ++accepted;
      ASSERT_EQ(json::canonical((*loaded)->canonical), (*loaded)->canonical);
      ASSERT_TRUE(std::holds_alternative<definition_ptr>(load_canonical((*loaded)->canonical))) << text;
      ASSERT_EQ(test::loaded_or_throw((*loaded)->canonical)->content, (*loaded)->content) << text;
    } else {
      for (const auto& one : std::get<std::vector<mistake>>(result)) {
        ASSERT_GE(one.line, 1U);
        ASSERT_LE(one.line, static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 2);
        ASSERT_EQ(json::valid_utf8(one.text), true) << one.text;
      }
    }
  }
  EXPECT_GT(accepted, 50);
}

}  // namespace
}  // namespace sagad::definition
