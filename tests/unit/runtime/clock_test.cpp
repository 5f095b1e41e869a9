#include "runtime/clock.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace sagad::runtime {
namespace {

millis wall() {
  timespec value{};
  clock_gettime(CLOCK_REALTIME, &value);
  return static_cast<millis>(value.tv_sec) * 1000 + value.tv_nsec / 1'000'000;
}

constexpr millis an_hour = 3'600'000;

TEST(journal_clock, begins_with_the_wall_clock) {
  const auto before = wall();
  const journal_clock clock(0);
  const auto now = clock.now();
  EXPECT_GE(now, before - 1) << "each clock is rounded by itself";
  EXPECT_LE(now, wall() + 1);
}

TEST(journal_clock, is_never_before_the_newest_record_although_the_wall_clock_is) {
  const auto ahead = wall() + an_hour;
  const journal_clock clock(ahead);
  EXPECT_GE(clock.now(), ahead);
  EXPECT_LT(clock.now(), ahead + an_hour) << "it goes on from there";
}

TEST(journal_clock, only_goes_forward) {
  const journal_clock clock(0);
  auto last = clock.now();
  const auto end = last + 5;
  while (last < end) {
    const auto next = clock.now();
    ASSERT_GE(next, last);
    last = next;
  }
}

TEST(journal_clock, that_follows_the_wall_clock_has_not_drifted) {
  for (const millis last_record : {millis{0}, wall() + an_hour}) {
    const journal_clock clock(last_record);
    EXPECT_LT(std::abs(clock.wall_drift()), an_hour / 2) << "a start ahead of the wall clock is no drift";
  }
}

}  // namespace
}  // namespace sagad::runtime
