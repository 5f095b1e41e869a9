#include "dispatch/lanes.hpp"

#include <gtest/gtest.h>

#include "dispatch/slow_start.hpp"

namespace sagad::dispatch {
namespace {

TEST(lanes, one_lane_takes_at_most_three_quarters) {
  lanes slots;
  std::uint32_t begun = 0;
  while (slots.may_start(lane::action, 16)) {
    slots.started(lane::action);
    ++begun;
  }
  EXPECT_EQ(begun, 12U);
  EXPECT_TRUE(slots.may_start(lane::compensation, 16));
}

TEST(lanes, together_they_take_no_more_than_there_are) {
  lanes slots;
  std::uint32_t begun = 0;
  for (auto const in : {lane::action, lane::must_succeed, lane::compensation}) {
    while (slots.may_start(in, 16)) {
      slots.started(in);
      ++begun;
    }
  }
  EXPECT_EQ(begun, 16U);
}

TEST(lanes, a_single_slot_is_for_any) {
  lanes slots;
  EXPECT_TRUE(slots.may_start(lane::action, 1));
  slots.started(lane::action);
  EXPECT_FALSE(slots.may_start(lane::compensation, 1));
  slots.ended(lane::action);
  EXPECT_TRUE(slots.may_start(lane::compensation, 1));
}

TEST(lanes, compensations_go_first_then_what_must_succeed) {
  lanes slots;
  slots.wait(lane::action, 1);
  slots.wait(lane::must_succeed, 2);
  auto const third = slots.wait(lane::compensation, 3);
  EXPECT_EQ(slots.next(8), lane::compensation);
  EXPECT_EQ(slots.first(lane::compensation), 3U);
  slots.leave(lane::compensation, third);
  EXPECT_EQ(slots.next(8), lane::must_succeed);
}

TEST(lanes, a_lane_at_its_share_lets_the_next_one_go) {
  lanes slots;
  slots.wait(lane::compensation, 1);
  slots.wait(lane::action, 2);
  for (int i = 0; i < 6; ++i) slots.started(lane::compensation);
  EXPECT_EQ(slots.next(8), lane::action);
  slots.started(lane::action);
  slots.started(lane::action);
  EXPECT_EQ(slots.next(8), std::nullopt);
}

TEST(lanes, who_comes_later_does_not_pass_who_waits) {
  lanes slots;
  auto const first = slots.wait(lane::must_succeed, 1);
  EXPECT_FALSE(slots.may_start(lane::must_succeed, 8));
  EXPECT_FALSE(slots.may_start(lane::action, 8));
  EXPECT_TRUE(slots.may_start(lane::compensation, 8));
  for (int i = 0; i < 6; ++i) slots.started(lane::must_succeed);
  EXPECT_TRUE(slots.may_start(lane::action, 8));  // the one that waits could not start anyway
  slots.leave(lane::must_succeed, first);
  EXPECT_TRUE(slots.nobody_waits());
}

TEST(lanes, each_queue_is_in_order_and_can_be_left_from_the_middle) {
  lanes slots;
  slots.wait(lane::action, 1);
  auto const second = slots.wait(lane::action, 2);
  slots.wait(lane::action, 3);
  slots.leave(lane::action, second);
  EXPECT_EQ(slots.waiting(lane::action), 2U);
  EXPECT_EQ(slots.first(lane::action), 1U);
}

TEST(slow_start, is_not_active_at_first) {
  slow_start const pace(256);
  EXPECT_FALSE(pace.active());
  EXPECT_EQ(pace.limit(), 256U);
}

TEST(slow_start, begins_at_eight_and_doubles_with_each_clean_round) {
  slow_start pace(100);
  pace.begin();
  for (std::uint32_t const limit : {8U, 16U, 32U, 64U}) {
    EXPECT_EQ(pace.limit(), limit);
    for (std::uint32_t i = 0; i < limit; ++i) pace.ended(true);
  }
  EXPECT_EQ(pace.limit(), 100U);
  EXPECT_FALSE(pace.active());
}

TEST(slow_start, a_round_with_an_unknown_end_does_not_count) {
  slow_start pace(256);
  pace.begin();
  for (int i = 0; i < 8; ++i) pace.ended(i != 3);
  EXPECT_EQ(pace.limit(), 8U);
  for (int i = 0; i < 8; ++i) pace.ended(true);
  EXPECT_EQ(pace.limit(), 16U);
}

TEST(slow_start, has_nothing_to_do_with_few_slots) {
  slow_start pace(4);
  pace.begin();
  EXPECT_EQ(pace.limit(), 4U);
  EXPECT_FALSE(pace.active());
}

}  // namespace
}  // namespace sagad::dispatch
