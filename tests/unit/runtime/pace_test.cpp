#include "runtime/pace.hpp"

#include <gmock/gmock.h>

namespace sagad::runtime {
namespace {

using std::chrono::milliseconds;

TEST(pace, takes_a_share_of_the_time) {
  pace work;
  EXPECT_EQ(work.share_percent(), pace::share_percent_min);
  EXPECT_EQ(work.rest_after(milliseconds(2)), milliseconds(18));
}

TEST(pace, grows_while_more_comes_than_is_done_and_shrinks_again) {
  pace work;
  milliseconds now(5);
  const auto done = [&](std::uint64_t left) { work.done(left, now += pace::looked_at_every); };
  done(100);
  EXPECT_EQ(work.share_percent(), 10U);
  done(101);
  EXPECT_EQ(work.share_percent(), 20U);
  for (std::uint64_t left = 102; left < 120; ++left) done(left);
  EXPECT_EQ(work.share_percent(), pace::share_percent_max);
  EXPECT_EQ(work.rest_after(milliseconds(8)), milliseconds(2));
  done(119);
  EXPECT_EQ(work.share_percent(), 40U);
  for (int times = 0; times < 5; ++times) done(119);
  EXPECT_EQ(work.share_percent(), pace::share_percent_min);
}

TEST(pace, is_not_changed_by_parts_that_follow_one_another_soon) {
  pace work;
  work.done(100, milliseconds(0));
  for (int times = 1; times < 10; ++times) {
    work.done(100U + static_cast<std::uint64_t>(times), milliseconds(times * 999));
  }
  EXPECT_EQ(work.share_percent(), pace::share_percent_min);
  work.done(110, pace::looked_at_every);
  EXPECT_EQ(work.share_percent(), 20U) << "of all that came since it was looked at";
}

}  // namespace
}  // namespace sagad::runtime
