#include "base/rare_text.hpp"

#include <gtest/gtest.h>

namespace {

using sagad::rare_text;

rare_text text_of(std::string_view text) {
  rare_text result;
  result.assign(text);
  return result;
}

TEST(rare_text, is_empty_at_first_and_after_an_empty_assignment) {
  rare_text text;
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(text.view(), "");
  text.assign("some");
  EXPECT_FALSE(text.empty());
  text.assign("");
  EXPECT_TRUE(text.empty());
}

TEST(rare_text, copies_are_deep_and_one_into_itself_keeps_its_text) {
  auto first = text_of("first");
  auto second = first;
  first.assign("changed");
  EXPECT_EQ(second.view(), "first");
  const auto& same = second;
  second = same;
  EXPECT_EQ(second.view(), "first");
  second = first;
  EXPECT_EQ(second.view(), "changed");
}

TEST(rare_text, may_be_given_a_part_of_itself) {
  auto text = text_of("a longer text than fits into a small one");
  text.assign(text.view().substr(2, 6));
  EXPECT_EQ(text.view(), "longer");
}

TEST(rare_text, a_move_hands_over_the_text) {
  auto first = text_of("first");
  const auto second = std::move(first);
  EXPECT_EQ(second.view(), "first");
}

}  // namespace
