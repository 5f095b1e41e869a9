#include "dispatch/balancer.hpp"

#include <gtest/gtest.h>

namespace sagad::dispatch {
namespace {

// Of two with nothing in flight: both have their turn within two calls, unless one is passed over.
bool passes_over(balancer& two, std::size_t at, millis now) {
  const bool never_first = two.pick(now) != at;
  const bool never_second = two.pick(now) != at;
  return never_first && never_second;
}

TEST(balancer, takes_turns_among_equals) {
  balancer three(3);
  EXPECT_EQ(three.pick(0), 0U);
  EXPECT_EQ(three.pick(0), 1U);
  EXPECT_EQ(three.pick(0), 2U);
  EXPECT_EQ(three.pick(0), 0U);
}

TEST(balancer, prefers_the_one_with_the_fewest_in_flight) {
  balancer two(2);
  two.started(0);
  EXPECT_EQ(two.pick(0), 1U);
  EXPECT_EQ(two.pick(0), 1U);
  two.ended(0);
  two.started(1);
  EXPECT_EQ(two.pick(0), 0U);
}

TEST(balancer, passes_over_one_that_refused_for_a_while_that_doubles) {
  balancer two(2);
  millis now = 0;
  for (millis const pause : {1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000}) {
    two.refused(0, now);
    EXPECT_TRUE(passes_over(two, 0, now + pause - 1));
    now += pause;
    EXPECT_FALSE(passes_over(two, 0, now));
  }
  two.reached(0, now);
  two.refused(0, now);
  EXPECT_FALSE(passes_over(two, 0, now + 1'000));
}

TEST(balancer, several_refusals_at_once_have_one_reason) {
  balancer two(2);
  for (int i = 0; i < 10; ++i) two.refused(0, i);
  EXPECT_FALSE(passes_over(two, 0, 1'000));
}

TEST(balancer, one_that_does_not_answer_again_and_again_is_passed_over) {
  balancer two(2);
  two.failed(0, 10);
  two.failed(0, 10);
  EXPECT_FALSE(passes_over(two, 0, 10));
  two.reached(0, 10);
  two.failed(0, 11);
  two.failed(0, 11);
  EXPECT_FALSE(passes_over(two, 0, 11));
  two.failed(0, 11);
  EXPECT_TRUE(passes_over(two, 0, 11));
}

TEST(balancer, knows_when_each_was_reached_and_missed) {
  balancer two(2);
  EXPECT_EQ(two.reached_at(0), 0);
  EXPECT_EQ(two.missed_at(0), 0);
  two.reached(0, 10);
  two.refused(0, 20);
  two.refused(0, 30);
  EXPECT_EQ(two.reached_at(0), 10);
  EXPECT_EQ(two.missed_at(0), 30) << "also while it is passed over";
  for (unsigned count = 0; count < balancer::failures_in_a_row_max; ++count) two.failed(1, 40);
  EXPECT_EQ(two.missed_at(1), 40);
}

TEST(balancer, offers_those_that_were_not_tried_until_all_were) {
  balancer three(3);
  three.refused(2, 0);
  EXPECT_EQ(three.pick(1, 0b001), 1U);
  EXPECT_EQ(three.pick(1, 0b011), 2U);  // passed over, but the last one left
  EXPECT_EQ(three.pick(1, 0b111), std::nullopt);
}

TEST(balancer, when_all_refused_the_one_whose_pause_ends_first_is_next) {
  balancer two(2);
  two.refused(1, 0);
  two.refused(0, 500);
  EXPECT_EQ(two.pick(600), 1U);
}

}  // namespace
}  // namespace sagad::dispatch
