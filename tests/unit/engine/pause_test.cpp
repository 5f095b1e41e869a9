#include <gtest/gtest.h>

#include "tests/support/definitions.hpp"
#include "tests/support/played_saga.hpp"

namespace {

using sagad::never;
using sagad::problem_code;
using sagad::definition::late_answer;
using sagad::definition::step_kind;
using sagad::engine::cause;
using sagad::engine::command_name;
using sagad::engine::verdict;
using sagad::lifecycle::phase;
using sagad::tests::action;
using sagad::tests::definition_builder;
using sagad::tests::one_step;
using sagad::tests::played_saga;
using sagad::tests::sale;
using sagad::tests::t0;
using sagad::tests::undo;

played_saga paused(const definition_builder& builder, sagad::millis deadline_ms = 0) {
  played_saga saga(builder.build());
  saga.start(deadline_ms);
  saga.command(command_name::pause);
  return saga;
}

TEST(pause, begins_nothing_and_wakes_for_nothing) {
  auto saga = paused(sale(), 10'000);
  EXPECT_EQ(saga.shown(), "paused");
  EXPECT_TRUE(saga.outstanding().now.empty());
  EXPECT_EQ(saga.outstanding().wake_at, never);
  EXPECT_FALSE(saga.tick_at(t0 + 60'000));
}

TEST(pause, records_answers_and_releases_nothing) {
  auto saga = paused(sale());
  EXPECT_TRUE(saga.answer(action(0), verdict::done));
  EXPECT_EQ(saga.events(), "done s0/action");
  EXPECT_EQ(saga.released(), "");
  saga.command(command_name::resume);
  EXPECT_EQ(saga.released(), "s1/action");
}

TEST(pause, work_that_is_done_meanwhile_becomes_final_at_resume) {
  auto saga = paused(one_step(step_kind::compensatable));
  saga.answer(action(0), verdict::done);
  EXPECT_EQ(saga.shown(), "paused");
  saga.command(command_name::resume);
  EXPECT_EQ(saga.events(), "commanded resume | finished");
  EXPECT_EQ(saga.now().phase, phase::completed);
}

TEST(pause, a_rejection_turns_the_direction_and_the_way_back_begins_at_resume) {
  auto saga = paused(one_step(step_kind::compensatable));
  saga.answer(action(0), verdict::rejected);
  EXPECT_EQ(saga.now().phase, phase::paused_backward);
  saga.command(command_name::resume);
  EXPECT_EQ(saga.now().phase, phase::compensated);
}

TEST(pause, the_deadline_takes_effect_at_resume) {
  auto saga = paused(sale(), 10'000);
  saga.answer(action(0), verdict::done);
  saga.moment.at = t0 + 20'000;
  saga.command(command_name::resume);
  EXPECT_EQ(saga.events(), "commanded resume | turned_back by deadline");
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(pause, budgets_stand_still) {
  auto saga = paused(one_step(step_kind::compensatable));  // 20 s
  saga.moment.at = t0 + 60'000;
  saga.command(command_name::resume);
  saga.moment.at += 19'999;
  saga.answer(action(0), verdict::unknown, cause::cut);
  EXPECT_EQ(saga.events(), "failed s0/action by cut");
  saga.moment.at += 1;
  saga.answer(action(0), verdict::unknown, cause::cut);
  EXPECT_EQ(saga.events(), "failed s0/action by cut | turned_back by budget_spent");
}

TEST(pause, budgets_stand_still_for_an_answer_that_comes_meanwhile) {
  auto saga = paused(one_step(step_kind::compensatable));
  saga.moment.at = t0 + 60'000;
  saga.answer(action(0), verdict::unknown, cause::cut);
  EXPECT_EQ(saga.events(), "failed s0/action by cut");
  EXPECT_EQ(saga.now().phase, phase::paused_forward);
}

TEST(pause, a_budget_that_a_retry_renews_meanwhile_begins_at_resume) {
  auto saga = paused(one_step(step_kind::compensatable));
  saga.moment.at = t0 + 30'000;
  saga.command_on(command_name::retry, action(0));
  EXPECT_TRUE(saga.outstanding().now.empty());
  saga.moment.at = t0 + 60'000;
  saga.command(command_name::resume);
  EXPECT_EQ(saga.open(action(0)).since, t0 + 60'000);
}

TEST(pause, twice_each_adds_its_own_time) {
  auto saga = paused(one_step(step_kind::compensatable));
  saga.moment.at = t0 + 10'000;
  saga.command(command_name::resume);
  saga.moment.at = t0 + 15'000;
  saga.command(command_name::pause);
  saga.moment.at = t0 + 35'000;
  saga.command(command_name::resume);
  EXPECT_EQ(saga.open(action(0)).since, t0 + 30'000);
}

TEST(pause, a_wait_that_is_over_meanwhile_is_judged_after_resume) {
  auto builder = one_step(step_kind::compensatable);
  builder.action(0).late = late_answer::poll;
  builder.action(0).within_ms = 1'000;
  played_saga saga(builder.build());
  saga.start();
  auto reply = saga.a_reply(action(0), verdict::accepted);
  reply.location = "/jobs/1";
  saga.give(reply);
  saga.command(command_name::pause);
  EXPECT_TRUE(saga.outstanding().now.empty()) << "no poll begins";
  EXPECT_FALSE(saga.tick_at(t0 + 5'000));
  saga.command(command_name::resume);
  EXPECT_LE(saga.outstanding().wake_at, saga.moment.at);
  EXPECT_TRUE(saga.tick_at(t0 + 5'000));
  EXPECT_EQ(saga.events(), "failed s0/action by no_late_answer");
}

TEST(pause, of_a_paused_saga_and_resume_of_another_are_refused) {
  auto saga = paused(sale());
  EXPECT_FALSE(saga.command(command_name::pause));
  EXPECT_TRUE(saga.was_refused(problem_code::state_refuses));
  saga.command(command_name::resume);
  EXPECT_FALSE(saga.command(command_name::resume));
  EXPECT_TRUE(saga.was_refused(problem_code::state_refuses));
}

TEST(pause, on_the_way_back_keeps_the_direction) {
  played_saga saga(sale().build());
  saga.start();
  saga.answer(action(0), verdict::done);
  saga.answer(action(1), verdict::rejected);
  saga.command(command_name::pause);
  EXPECT_EQ(saga.now().phase, phase::paused_backward);
  EXPECT_TRUE(saga.answer(undo(0), verdict::done));
  EXPECT_EQ(saga.events(), "undone s0/compensation");
  saga.command(command_name::resume);
  EXPECT_EQ(saga.now().phase, phase::compensated);
}

TEST(pause, a_saga_that_is_cancelled_meanwhile_goes_back_at_resume) {
  auto saga = paused(sale());
  saga.answer(action(0), verdict::done);
  EXPECT_TRUE(saga.command(command_name::cancel));
  EXPECT_EQ(saga.now().phase, phase::paused_backward);
  EXPECT_EQ(saga.released(), "");
  saga.command(command_name::resume);
  EXPECT_EQ(saga.released(), "s0/compensation");
}

}  // namespace
