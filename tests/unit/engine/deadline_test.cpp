#include <gtest/gtest.h>

#include "tests/support/definitions.hpp"
#include "tests/support/played_saga.hpp"

namespace {

using sagad::never;
using sagad::definition::late_answer;
using sagad::definition::step_kind;
using sagad::engine::action_state;
using sagad::engine::cause;
using sagad::engine::recovery;
using sagad::engine::verdict;
using sagad::lifecycle::phase;
using sagad::tests::action;
using sagad::tests::definition_builder;
using sagad::tests::one_step;
using sagad::tests::played_saga;
using sagad::tests::sale;
using sagad::tests::t0;
using sagad::tests::undo;

TEST(deadline, of_the_start_comes_before_the_definitions) {
  auto builder = sale();
  builder.whole().deadline_ms = 30'000;
  played_saga by_definition(builder.build());
  by_definition.start();
  EXPECT_EQ(by_definition.now().deadline, t0 + 30'000);
  played_saga by_start(builder.build());
  by_start.start(7'000);
  EXPECT_EQ(by_start.now().deadline, t0 + 7'000);
  played_saga without(sale().build());
  without.start();
  EXPECT_EQ(without.now().deadline, 0);
  EXPECT_EQ(without.outstanding().wake_at, never);
}

TEST(deadline, turns_back_and_waits_for_the_open_exchange) {
  played_saga saga(sale().build());
  saga.start(10'000);
  saga.answer(action(0), verdict::done);
  saga.moment.open_actions.set(1);
  EXPECT_EQ(saga.outstanding().wake_at, t0 + 10'000);
  EXPECT_FALSE(saga.tick_at(t0 + 9'999));
  EXPECT_TRUE(saga.tick_at(t0 + 10'000));
  EXPECT_EQ(saga.events(), "turned_back by deadline");
  EXPECT_EQ(saga.released(), "") << "s1's exchange is open, and s0 ran before it";
  EXPECT_TRUE(saga.outstanding().now.empty()) << "no new attempt of an action begins";
  saga.answer(action(1), verdict::done);
  EXPECT_EQ(saga.events(), "done s1/action");
  EXPECT_EQ(saga.released(), "s1/compensation");
}

TEST(deadline, is_judged_with_whatever_comes_after_it) {
  played_saga saga(sale().build());
  saga.start(10'000);
  saga.moment.at += 10'000;
  saga.answer(action(0), verdict::done);
  EXPECT_EQ(saga.events(), "done s0/action | turned_back by deadline");
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(deadline, does_not_turn_back_what_is_complete) {
  played_saga saga(one_step(step_kind::compensatable).build());
  saga.start(10'000);
  saga.moment.at += 20'000;
  saga.answer(action(0), verdict::done);
  EXPECT_EQ(saga.now().phase, phase::completed);
}

TEST(deadline, means_nothing_once_the_pivot_is_released) {
  played_saga saga(sale().build());
  saga.start(10'000);
  saga.answer(action(0), verdict::done);
  saga.answer(action(1), verdict::done);
  ASSERT_EQ(saga.released(), "s2/action");
  EXPECT_TRUE(saga.now().past_return);
  EXPECT_EQ(saga.outstanding().wake_at, never);
  EXPECT_FALSE(saga.tick_at(t0 + 60'000));
  saga.answer(action(2), verdict::unknown, cause::cut);
  EXPECT_EQ(saga.now().phase, phase::forward);
  saga.answer(action(2), verdict::done);
  EXPECT_EQ(saga.released(), "s3/action s4/action");
}

TEST(deadline, means_nothing_once_the_first_retriable_action_is_released) {
  definition_builder builder;
  builder.add(step_kind::compensatable);
  builder.add(step_kind::retriable, {0});
  played_saga saga(builder.build());
  saga.start(10'000);
  saga.answer(action(0), verdict::done);
  EXPECT_TRUE(saga.now().past_return);
  EXPECT_FALSE(saga.tick_at(t0 + 10'000));
}

TEST(deadline, the_pivot_is_not_released_with_less_than_its_timeout_left) {
  auto builder = sale();
  builder.action(2).timeout_ms = 2'000;
  played_saga saga(builder.build());
  saga.start(10'000);
  saga.answer(action(0), verdict::done);
  saga.moment.at = t0 + 8'001;
  saga.answer(action(1), verdict::done);
  EXPECT_EQ(saga.events(), "done s1/action | turned_back by deadline");
  EXPECT_EQ(saga.released(), "s1/compensation");
  EXPECT_FALSE(saga.now().past_return);
  EXPECT_EQ(saga.now().steps[2].action, action_state::idle);
}

TEST(deadline, the_pivot_is_released_with_exactly_its_timeout_left) {
  auto builder = sale();
  builder.action(2).timeout_ms = 2'000;
  played_saga saga(builder.build());
  saga.start(10'000);
  saga.answer(action(0), verdict::done);
  saga.moment.at = t0 + 8'000;
  saga.answer(action(1), verdict::done);
  EXPECT_EQ(saga.released(), "s2/action");
}

TEST(deadline, a_start_whose_first_step_is_a_pivot_with_no_time_left_ends_compensated) {
  auto builder = one_step(step_kind::pivot);
  played_saga saga(builder.build());
  saga.start(1'000);  // the timeout is 2 s
  EXPECT_EQ(saga.events(), "started | turned_back by deadline | finished");
  EXPECT_EQ(saga.now().phase, phase::compensated);
  EXPECT_TRUE(saga.now().open.empty());
}

TEST(deadline, after_a_restart_waits_until_what_was_open_was_asked_once) {
  definition_builder builder;
  builder.add(step_kind::compensatable);
  builder.add(step_kind::compensatable);
  builder.add(step_kind::compensatable, {0, 1});
  played_saga saga(builder.build());
  saga.start(10'000);
  saga.moment.at = t0 + 3'600'000;
  EXPECT_TRUE(saga.give(recovery{2}));
  EXPECT_EQ(saga.events(), "recovered | lost s0/action | lost s1/action");
  EXPECT_EQ(saga.outstanding().wake_at, never);
  EXPECT_EQ(saga.outstanding().now.size(), 2U);
  EXPECT_FALSE(saga.tick_at(t0 + 3'600'000));
  saga.answer(action(0), verdict::unknown, cause::cut);
  EXPECT_EQ(saga.events(), "failed s0/action by cut | turned_back by budget_spent")
      << "its own budget is another matter";
}

TEST(deadline, after_a_restart_is_judged_with_the_last_answer_that_was_owed) {
  auto builder = one_step(step_kind::compensatable);
  builder.add(step_kind::compensatable);
  builder.add(step_kind::compensatable, {0, 1});
  played_saga saga(builder.build());
  saga.start(10'000);
  saga.give(recovery{2});
  saga.moment.at = t0 + 15'000;
  saga.answer(action(0), verdict::done);
  EXPECT_EQ(saga.events(), "done s0/action") << "s1 was not asked yet";
  EXPECT_EQ(saga.now().phase, phase::forward);
  saga.answer(action(1), verdict::not_sent, cause::not_sent);
  EXPECT_EQ(saga.events(), "withheld s1/action by not_sent | turned_back by deadline");
}

TEST(deadline, does_not_wait_for_a_late_answer) {
  auto builder = one_step(step_kind::compensatable);
  builder.action(0).late = late_answer::callback;
  builder.action(0).within_ms = 86'400'000;
  played_saga saga(builder.build());
  saga.start(10'000);
  saga.answer(action(0), verdict::accepted);
  EXPECT_EQ(saga.outstanding().wake_at, t0 + 10'000);
  EXPECT_TRUE(saga.tick_at(t0 + 10'000));
  EXPECT_EQ(saga.released(), "s0/compensation") << "in doubt, not in flight";
}

TEST(deadline, turns_back_a_saga_that_is_stuck_before_its_point_of_no_return) {
  played_saga saga(sale().build());
  saga.start(10'000);
  saga.answer(action(0), verdict::differs, cause::differs);
  EXPECT_EQ(saga.shown(), "stuck");
  EXPECT_TRUE(saga.tick_at(t0 + 10'000));
  EXPECT_EQ(saga.shown(), "compensating") << "what is left behind is not what the saga is stuck by";
  saga.answer(undo(0), verdict::done);
  EXPECT_EQ(saga.now().phase, phase::compensated);
}

}  // namespace
