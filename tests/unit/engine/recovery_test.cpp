#include <gtest/gtest.h>

#include "tests/support/definitions.hpp"
#include "tests/support/played_saga.hpp"

namespace {

using sagad::never;
using sagad::definition::late_answer;
using sagad::definition::step_kind;
using sagad::engine::cause;
using sagad::engine::command_name;
using sagad::engine::recovery;
using sagad::engine::verdict;
using sagad::lifecycle::phase;
using sagad::tests::action;
using sagad::tests::definition_builder;
using sagad::tests::one_step;
using sagad::tests::played_saga;
using sagad::tests::sale;
using sagad::tests::undo;

TEST(recovery, names_what_was_released_and_each_is_an_attempt_that_ended_unknown) {
  played_saga saga(sale().build());
  saga.start();
  EXPECT_TRUE(saga.give(recovery{7}));
  EXPECT_EQ(saga.events(), "recovered | lost s0/action");
  EXPECT_EQ(saga.now().epoch, 7U);
  const auto& open = saga.open(action(0));
  EXPECT_EQ(open.attempt, 2U);
  EXPECT_EQ(open.spent, 0U) << "it spends no budget";
  EXPECT_TRUE(open.in_doubt);
  EXPECT_TRUE(open.any_byte);
  ASSERT_EQ(saga.outstanding().now.size(), 1U);
  EXPECT_EQ(saga.outstanding().now[0].attempt.attempt, 2U);
}

TEST(recovery, makes_a_bare_rejection_unbelievable) {
  played_saga saga(sale().build());
  saga.start();
  saga.give(recovery{2});
  saga.answer(action(0), verdict::rejected_bare, cause::rejected);
  EXPECT_EQ(saga.events(), "failed s0/action by rejected");
}

TEST(recovery, keeps_the_time_of_a_retry_that_lies_ahead) {
  auto builder = one_step(step_kind::retriable);
  builder.action(0).retry.attempts_max = 1;
  played_saga saga(builder.build());
  saga.start();
  saga.answer(action(0), verdict::unknown, cause::cut);
  const auto next = saga.open(action(0)).next_at;
  saga.moment.at += 1;
  EXPECT_TRUE(saga.give(recovery{2}));
  EXPECT_EQ(saga.events(), "recovered | lost s0/action");
  EXPECT_EQ(saga.open(action(0)).next_at, next);
  EXPECT_TRUE(saga.open(action(0)).blocked);
  EXPECT_TRUE(saga.outstanding().now.empty());
}

TEST(recovery, goes_on_waiting_for_a_late_answer) {
  auto builder = one_step(step_kind::compensatable);
  builder.action(0).late = late_answer::callback;
  builder.action(0).within_ms = 1'000;
  played_saga saga(builder.build());
  saga.start();
  saga.answer(action(0), verdict::accepted);
  EXPECT_FALSE(saga.give(recovery{2})) << "nothing is lost, nothing is to be recorded";
  EXPECT_TRUE(saga.open(action(0)).accepted);
  EXPECT_TRUE(saga.outstanding().now.empty());
}

TEST(recovery, leaves_alone_what_only_a_command_frees) {
  played_saga saga(sale().build());
  saga.start();
  saga.answer(action(0), verdict::differs, cause::differs);
  EXPECT_FALSE(saga.give(recovery{2}));
  EXPECT_EQ(saga.open(action(0)).attempt, 2U);
}

TEST(recovery, lets_an_undo_begin_that_waited_for_an_exchange_of_the_old_owner) {
  played_saga saga(sale().build());
  saga.start();
  saga.moment.open_actions.set(0);
  saga.command(command_name::compensate);
  EXPECT_EQ(saga.released(), "");
  saga.moment.open_actions = {};
  EXPECT_TRUE(saga.give(recovery{2}));
  EXPECT_EQ(saga.events(), "recovered | lost s0/action");
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(recovery, twice_makes_two_attempts_and_still_no_budget_spent) {
  played_saga saga(one_step(step_kind::compensatable).build());
  saga.start();
  saga.give(recovery{2});
  saga.give(recovery{3});
  EXPECT_EQ(saga.open(action(0)).attempt, 3U);
  EXPECT_EQ(saga.open(action(0)).spent, 0U);
  EXPECT_EQ(saga.now().epoch, 3U);
}

TEST(recovery, on_the_way_back_names_the_compensations_and_an_action_once) {
  played_saga saga(sale().build());
  saga.start();
  saga.moment.open_actions.set(0);
  saga.command(command_name::compensate);
  saga.moment.open_actions = {};
  saga.give(recovery{2});
  saga.give(recovery{3});
  EXPECT_EQ(saga.events(), "recovered | lost s0/compensation");
}

TEST(recovery, of_a_paused_saga_begins_nothing) {
  played_saga saga(sale().build());
  saga.start();
  saga.command(command_name::pause);
  EXPECT_TRUE(saga.give(recovery{2}));
  EXPECT_EQ(saga.shown(), "paused");
  EXPECT_TRUE(saga.outstanding().now.empty());
  saga.command(command_name::resume);
  ASSERT_EQ(saga.outstanding().now.size(), 1U);
  EXPECT_EQ(saga.outstanding().now[0].attempt.attempt, 2U);
}

TEST(recovery, of_a_final_saga_records_nothing) {
  played_saga saga(one_step(step_kind::compensatable).build());
  saga.start();
  saga.answer(action(0), verdict::done);
  EXPECT_FALSE(saga.give(recovery{2}));
}

}  // namespace
