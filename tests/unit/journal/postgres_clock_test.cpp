#include <gtest/gtest.h>

#include "journal/postgres/database_clock.hpp"

namespace sagad::journal::postgres {
namespace {

using std::chrono::milliseconds;

TEST(database_clock, shows_what_the_database_showed_and_goes_on_by_itself) {
  database_clock clock;
  clock.learn(milliseconds(1'000), 700'000, milliseconds(1'002));
  EXPECT_EQ(clock.at(milliseconds(1'001)), 700'000);
  EXPECT_EQ(clock.at(milliseconds(61'001)), 760'000);
}

TEST(database_clock, an_answer_that_was_long_under_way_changes_nothing) {
  database_clock clock;
  clock.learn(milliseconds(1'000), 700'000, milliseconds(1'002));
  clock.learn(milliseconds(2'000), 704'000, milliseconds(7'000));
  EXPECT_EQ(clock.at(milliseconds(8'001)), 707'000);
}

TEST(database_clock, a_clock_that_was_set_on_is_followed_at_once) {
  database_clock clock;
  clock.learn(milliseconds(1'000), 700'000, milliseconds(1'002));
  clock.learn(milliseconds(2'000), 900'000, milliseconds(2'002));
  EXPECT_GE(clock.at(milliseconds(2'002)), 899'999);
  EXPECT_LE(clock.at(milliseconds(2'002)), 900'003);
}

TEST(database_clock, a_clock_that_was_set_back_is_met_without_going_back_or_standing_still) {
  database_clock clock;
  clock.learn(milliseconds(0), 700'000, milliseconds(0));
  auto before = clock.at(milliseconds(0));
  EXPECT_EQ(before, 700'000);
  for (int at = 200; at <= 60'000; at += 200) {
    clock.learn(milliseconds(at), 690'000 + at, milliseconds(at));
    const auto now = clock.at(milliseconds(at));
    EXPECT_GE(now, before + 99);
    before = now;
  }
  EXPECT_LE(before, 690'000 + 60'000 + 1);
}

TEST(database_clock, never_goes_back) {
  database_clock clock;
  clock.learn(milliseconds(0), 700'000, milliseconds(0));
  EXPECT_EQ(clock.at(milliseconds(10'000)), 710'000);
  clock.learn(milliseconds(10'000), 701'000, milliseconds(10'000));
  EXPECT_EQ(clock.at(milliseconds(10'001)), 710'000);
}

}  // namespace
}  // namespace sagad::journal::postgres
