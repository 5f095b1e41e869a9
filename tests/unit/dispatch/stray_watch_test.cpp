#include "dispatch/stray_watch.hpp"

#include <gmock/gmock.h>

namespace sagad::dispatch {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Optional;
using testing::StartsWith;

TEST(stray_watch, tells_the_first_time_at_once_and_names_the_participant) {
  stray_watch watch;
  EXPECT_EQ(watch.look(5, "bank", 0), std::nullopt);
  EXPECT_THAT(watch.look(6, "bank", 1),
              Optional(AllOf(StartsWith("bank answers more often than it is asked"), HasSubstr(" 1 connection "))));
  EXPECT_EQ(watch.look(100'000, "bank", 1), std::nullopt);
}

TEST(stray_watch, tells_once_a_minute_how_often_it_was_since) {
  stray_watch watch;
  watch.look(0, "bank", 1);
  EXPECT_EQ(watch.look(59'999, "bank", 7), std::nullopt);
  EXPECT_THAT(watch.look(60'000, "bank", 8), Optional(HasSubstr(" 7 connections ")));
}

}  // namespace
}  // namespace sagad::dispatch
