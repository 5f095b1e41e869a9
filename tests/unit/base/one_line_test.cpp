#include "base/one_line.hpp"

namespace sagad {
namespace {

TEST(one_line, keeps_what_people_write) {
  EXPECT_EQ(one_line(""), "");
  EXPECT_EQ(one_line("Käufer \u20AC \U0001F600, 100 %"), "Käufer \u20AC \U0001F600, 100 %");
}

TEST(one_line, has_no_control_character_and_no_second_line) {
  EXPECT_EQ(one_line(std::string_view("a\0b\tc\nd\re\x7f", 10)), "a?b?c?d?e?");
  EXPECT_EQ(one_line("a\u0085b\u009Fc\u2028d\u2029e\u00A0f"), "a?b?c?d?e\u00A0f");
}

TEST(one_line, has_a_question_mark_for_each_byte_that_is_no_character) {
  EXPECT_EQ(one_line("\xff\xfe"), "??");
  EXPECT_EQ(one_line("\xc3"), "?") << "cut off";
  EXPECT_EQ(one_line("\xc0\xaf"), "??") << "longer than need be";
  EXPECT_EQ(one_line("\xed\xa0\x80"), "???") << "half of a pair";
  EXPECT_EQ(one_line("\xf4\x90\x80\x80"), "????") << "past the last character";
  EXPECT_EQ(one_line("\xe2\x28\xa1"), "?(?");
}

}  // namespace
}  // namespace sagad
