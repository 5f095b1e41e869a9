#include "base/nearest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace sagad {
namespace {

TEST(nearest_word, is_the_one_with_the_fewest_changes) {
  constexpr std::array<std::string_view, 4> known = {"escrow", "transfer", "rate", "after"};
  EXPECT_EQ(nearest("escrw", known), "escrow");
  EXPECT_EQ(nearest("tranfsre", known), "transfer");
  EXPECT_EQ(nearest("rtae", known), "rate");
  EXPECT_EQ(nearest("aftre", known), "after");
  EXPECT_EQ(nearest("zebra", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(1000, 'a'), known), "");
}

TEST(nearest_word, may_differ_in_a_third_of_its_letters_and_in_one_at_least) {
  constexpr std::array<std::string_view, 3> known = {"by", "retry", "compensation"};
  EXPECT_EQ(nearest("b", known), "");
  EXPECT_EQ(nearest("bi", known), "by");
  EXPECT_EQ(nearest("retyr", known), "retry");
  EXPECT_EQ(nearest("rstrx", known), "");
  EXPECT_EQ(nearest("kompenzatoin", known), "compensation");
}

// Each comparison costs as much as both words' lengths multiplied, and whoever writes a definition chooses them all.
TEST(nearest_word, is_sought_among_the_first_256_of_about_its_length) {
  std::vector<std::string> words(255, "aaaaaa");
  words.emplace_back("escrow");
  const auto look = [&words] {
    return std::string(nearest("escrwo", std::vector<std::string_view>(words.begin(), words.end())));
  };
  EXPECT_EQ(look(), "escrow");
  words.insert(words.begin(), 1000, "a much longer one");
  EXPECT_EQ(look(), "escrow") << "what is too long to be meant does not count";
  words.insert(words.begin(), "bbbbbb");
  EXPECT_EQ(look(), "");
}

TEST(nearest_word, is_told_at_the_end_of_a_message) {
  constexpr std::array<std::string_view, 2> known = {"escrow", "rate"};
  EXPECT_EQ(hint("escrw", known), ": did you mean `escrow`?");
  EXPECT_EQ(hint("zebra", known), "; known are `escrow`, `rate`");
  EXPECT_EQ(hint("zebra", {}), ": there is none");
}

TEST(nearest_word, is_also_the_one_that_goes_on_like_it_or_differs_in_the_size_of_letters) {
  constexpr std::array<std::string_view, 4> known = {"integer", "minimum", "minLength", "post"};
  EXPECT_EQ(hint("int", known), ": did you mean `integer`?");
  EXPECT_EQ(hint("POST", known), ": did you mean `post`?");
  EXPECT_EQ(hint("min", known).front(), ';') << "two go on like it";
  EXPECT_EQ(hint("in", known).front(), ';') << "too short to tell";
  EXPECT_EQ(nearest("int", known), "") << "what is refused for being near is nearer";
}

TEST(nearest_word, is_told_with_the_first_sixteen_where_none_is_near) {
  std::vector<std::string> words;
  for (char letter = 'a'; letter <= 'q'; ++letter) words.emplace_back(8, letter);
  const std::vector<std::string_view> known(words.begin(), words.end());
  const auto told = hint("zebra", known);
  EXPECT_EQ(told.substr(told.size() - 15), "`pppppppp`, ...");
  EXPECT_EQ(hint("zebra", {known.data(), 16}).find("..."), std::string::npos);
}

}  // namespace
}  // namespace sagad
