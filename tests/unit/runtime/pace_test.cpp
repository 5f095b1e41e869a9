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
  work.done(100);
  EXPECT_EQ(work.share_percent(), 10U);
  work.done(101);
  EXPECT_EQ(work.share_percent(), 20U);
  for (std::uint64_t left = 102; left < 120; ++left) work.done(left);
  EXPECT_EQ(work.share_percent(), pace::share_percent_max);
  EXPECT_EQ(work.rest_after(milliseconds(8)), milliseconds(2));
  work.done(119);
  EXPECT_EQ(work.share_percent(), 40U);
  for (int times = 0; times < 5; ++times) work.done(119);
  EXPECT_EQ(work.share_percent(), pace::share_percent_min);
}

}  // namespace
}  // namespace sagad::runtime
