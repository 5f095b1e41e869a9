#include "base/yaml_advice.hpp"

#include <gmock/gmock.h>

namespace sagad {
namespace {

using testing::HasSubstr;

TEST(yaml_advice, wants_quotes_around_an_expression) {
  EXPECT_THAT(yaml_advice("a: 1\nbody: {item: ${input.item}}\n", 1), HasSubstr("in double quotes"));
  EXPECT_THAT(yaml_advice("body: {item: ${input.item}}\nnext: 1", 1), HasSubstr("in double quotes")) << "a line above";
}

TEST(yaml_advice, wants_single_quotes_within_an_expression) {
  EXPECT_THAT(yaml_advice(R"(a: "${input.amount + "x"}")", 0), HasSubstr("in single quotes"));
}

TEST(yaml_advice, names_the_line_that_a_tab_indents) {
  EXPECT_THAT(yaml_advice("steps:\n\t- step: a\n  - step: b\n", 2), HasSubstr("line 2 is indented by a tab"));
}

TEST(yaml_advice, wants_quotes_around_a_text_with_a_colon) {
  EXPECT_THAT(yaml_advice("description: Note: this fails\n", 0), HasSubstr("`: `"));
}

TEST(yaml_advice, takes_a_mapping_in_a_line_for_what_it_is) {
  EXPECT_THAT(yaml_advice("action: {post: /a, body: {b: 1}\n", 0), HasSubstr("need both ends"));
}

TEST(yaml_advice, knows_that_a_comment_and_quotes_are_no_mistake) {
  const std::string_view text = "a: \"${input.a}\"  # ${bare}: is: said\n   b: 1\n";
  EXPECT_THAT(yaml_advice(text, 1), HasSubstr("begins in the same column"));
}

TEST(yaml_advice, wants_quotes_around_a_reference) {
  EXPECT_THAT(yaml_advice("a: {$ref: #/$defs/b}\nc: 1\n", 1), HasSubstr("begins a comment"));
}

TEST(yaml_advice, wants_a_space_behind_the_colon_of_a_key) {
  EXPECT_THAT(yaml_advice("- step:a\n  action: {post: /a}\n", 1), HasSubstr("behind the colon"));
  EXPECT_THAT(yaml_advice("- http://a\n  b: 1\n", 1), HasSubstr("begins in the same column")) << "an address is no key";
}

TEST(yaml_column, is_within_its_line_or_at_its_end) {
  EXPECT_EQ(yaml_column("\"\\u\"", 1, 8), 5U);
  EXPECT_EQ(yaml_column("ab\ncd", 1, 3), 3U);
  EXPECT_EQ(yaml_column("ab\n\xC3\xA9z", 2, 10), 3U) << "characters are counted";
  EXPECT_EQ(yaml_column("ab\ncd", 2, 2), 2U);
  EXPECT_EQ(yaml_column("ab", 8, 2), 2U) << "a line that is not there";
  EXPECT_EQ(yaml_column("ab", 0, 0), 0U) << "no place";
}

TEST(yaml_advice, survives_a_line_that_is_not_there) {
  EXPECT_THAT(yaml_advice("", 7), HasSubstr("begins in the same column"));
}

}  // namespace
}  // namespace sagad
