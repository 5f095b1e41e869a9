#include "runtime/printable.hpp"

#include <gtest/gtest.h>

#include <random>

#include "json/json.hpp"

namespace sagad::runtime {
namespace {

TEST(printable, plain_text_stays_as_it_is) {
  EXPECT_EQ(printable("sold out: 3 left, Grüße, 🂡"), "sold out: 3 left, Grüße, 🂡");
  EXPECT_EQ(printable(""), "");
}

TEST(printable, control_characters_become_question_marks) {
  EXPECT_EQ(printable(std::string_view("a\0b\r\nc\x1b[31m\x7f", 12)), "a?b??c?[31m?");
}

TEST(printable, what_is_not_utf8_becomes_question_marks) {
  EXPECT_EQ(printable("\xFF\xFE"), "??");
  EXPECT_EQ(printable("\xC0\xAF"), "??") << "overlong";
  EXPECT_EQ(printable("\xED\xA0\x80"), "???") << "half a surrogate pair";
  EXPECT_EQ(printable("\xF5\x80\x80\x80"), "????") << "past the last character";
  EXPECT_EQ(printable("a\xE2\x82"), "a??") << "cut in the middle";
}

TEST(printable, a_long_text_is_cut_between_characters) {
  std::string euros;
  for (int count = 0; count < 1000; ++count) euros += "€";
  const auto cut = printable(euros);
  EXPECT_EQ(cut.size(), 2046U);
  EXPECT_EQ(cut, euros.substr(0, 2046));
  EXPECT_EQ(printable(std::string(5000, 'x')).size(), 2048U);
}

TEST(printable, whatever_comes_can_be_written_as_json) {
  std::mt19937_64 random(7);
  for (int run = 0; run < 2000; ++run) {
    std::string bytes(random() % 300, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    std::string quoted;
    const auto text = printable(bytes);
    json::append_string(quoted, text);
    EXPECT_FALSE(json::check(quoted)) << run;
    EXPECT_LE(text.size(), 2048U);
  }
}

}  // namespace
}  // namespace sagad::runtime
