// What is known, and what must not be forgotten, of requests that may have had an effect.
#include <gtest/gtest.h>

#include "tests/support/definitions.hpp"
#include "tests/support/played_saga.hpp"

namespace {

using sagad::problem_code;
using sagad::definition::late_answer;
using sagad::definition::step_kind;
using sagad::engine::action_state;
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
using sagad::tests::started;
using sagad::tests::undo;

TEST(doubt, a_blocked_pivot_was_sent_although_nothing_was_ever_sent_again) {
  auto saga = started(sale());
  saga.answer(action(0), verdict::done);
  saga.answer(action(1), verdict::done);
  saga.answer(action(2), verdict::differs, cause::differs);
  saga.command_on(command_name::retry, action(2));
  saga.moment.at += 3'600'000;
  saga.answer(action(2), verdict::not_sent, cause::not_sent);
  EXPECT_EQ(saga.shown(), "stuck") << "neither way is safe";
  EXPECT_EQ(saga.now().phase, phase::forward);
}

TEST(doubt, a_pivot_that_was_never_sent_turns_back_when_its_budget_is_spent) {
  auto saga = started(sale());
  saga.answer(action(0), verdict::done);
  saga.answer(action(1), verdict::done);
  saga.moment.at += 3'600'000;
  saga.answer(action(2), verdict::not_sent, cause::not_sent);
  EXPECT_EQ(saga.now().phase, phase::backward);
  EXPECT_EQ(saga.now().steps[2].action, action_state::given_up);
}

// Lost at a restart, an hour past its deadline.
played_saga lost_and_late(late_answer late = late_answer::none) {
  auto builder = one_step(step_kind::compensatable);
  builder.action(0).late = late;
  builder.action(0).within_ms = 86'400'000;
  auto saga = started(builder, 30'000);
  saga.moment.at += 3'600'000;
  saga.give(recovery{2});
  return saga;
}

TEST(doubt, the_deadline_is_judged_once_what_was_lost_was_accepted) {
  auto saga = lost_and_late(late_answer::callback);
  ASSERT_EQ(saga.outstanding().wake_at, sagad::never);
  saga.answer(action(0), verdict::accepted);
  EXPECT_FALSE(saga.open(action(0)).unasked);
  EXPECT_EQ(saga.now().turned_back_by, cause::deadline);
}

TEST(doubt, the_deadline_is_judged_once_what_was_lost_was_blocked) {
  auto saga = lost_and_late();
  saga.answer(action(0), verdict::differs, cause::differs);
  EXPECT_EQ(saga.now().turned_back_by, cause::deadline);
}

TEST(doubt, an_edited_request_stays_edited_when_its_rejection_begins_a_generation) {
  auto builder = one_step(step_kind::retriable);
  builder.action(0).retry.attempts_max = 1;
  auto saga = started(builder);
  saga.answer(action(0), verdict::unknown, cause::cut);
  saga.command_on(command_name::edit, action(0), R"({"mended":true})");
  const auto edited = saga.open(action(0)).request;
  saga.answer(action(0), verdict::unknown, cause::cut);
  ASSERT_TRUE(saga.open(action(0)).blocked);
  saga.moment.at = saga.open(action(0)).next_at;
  saga.answer(action(0), verdict::rejected, cause::rejected);
  EXPECT_EQ(saga.open(action(0)).generation, 3U);
  EXPECT_EQ(saga.open(action(0)).request, edited);
}

TEST(doubt, an_open_compensation_keeps_a_saga_from_being_resolved) {
  auto saga = started(sale());
  saga.answer(action(0), verdict::done);
  saga.answer(action(1), verdict::rejected);
  saga.moment.open_compensations.set(0);
  EXPECT_FALSE(saga.command(command_name::resolve));
  EXPECT_TRUE(saga.was_refused(problem_code::in_flight));
  EXPECT_TRUE(saga.command(command_name::resolve, true));
  EXPECT_EQ(saga.now().phase, phase::resolved);
}

TEST(doubt, a_retriable_step_that_is_rejected_on_a_forced_way_back_is_not_tried_again) {
  auto saga = started(sale());
  for (sagad::step_no step = 0; step < 3; ++step) saga.answer(action(step), verdict::done);
  saga.moment.open_actions.set(3);
  ASSERT_TRUE(saga.command(command_name::compensate, true));
  saga.answer(action(3), verdict::rejected, cause::rejected);
  EXPECT_EQ(saga.now().steps[3].action, action_state::rejected);
  EXPECT_FALSE(saga.is_open(action(3)));
}

TEST(doubt, an_answer_to_a_generation_before_the_one_that_settled_contradicts_nothing) {
  auto builder = one_step(step_kind::retriable);
  builder.add(step_kind::retriable, {0});
  builder.action(0).late = late_answer::callback;
  auto saga = started(builder);
  auto old = saga.a_reply(action(0), verdict::rejected);
  old.late = true;
  saga.answer(action(0), verdict::rejected, cause::rejected);
  saga.answer(action(0), verdict::done);
  const auto seq = saga.now().seq;
  EXPECT_FALSE(saga.give(old));
  EXPECT_TRUE(saga.was_refused(problem_code::no_longer_awaited));
  EXPECT_EQ(saga.now().seq, seq);
}

TEST(doubt, a_contradiction_says_what_the_other_answer_was) {
  definition_builder builder;
  builder.add(step_kind::compensatable, {});
  builder.add(step_kind::compensatable, {});
  for (sagad::step_no step = 0; step < 2; ++step) builder.action(step).late = late_answer::callback;
  auto done = started(builder);
  done.call_back(action(0), verdict::done);
  done.call_back(action(0), verdict::rejected);
  EXPECT_FALSE(done.last().events.at(0).flag);
  auto rejected = started(builder);
  rejected.moment.open_actions.set(1);
  rejected.call_back(action(0), verdict::rejected);
  rejected.call_back(action(0), verdict::done);
  EXPECT_EQ(rejected.events(), "contradicted s0/action");
  EXPECT_TRUE(rejected.last().events.at(0).flag);
}

TEST(doubt, a_budget_stands_still_while_the_saga_is_paused) {
  auto builder = one_step(step_kind::compensatable);
  builder.action(0).retry.attempts_max = 5;
  builder.action(0).retry.elapsed_ms = 20'000;
  auto saga = started(builder);
  saga.moment.at += 1'000;
  saga.command(command_name::pause);
  saga.moment.at += 60'000;
  saga.answer(action(0), verdict::unknown, cause::cut);
  EXPECT_EQ(saga.events(), "failed s0/action by cut") << "one second of twenty has passed";
  saga.command(command_name::resume);
  EXPECT_EQ(saga.now().phase, phase::forward);
}

TEST(doubt, a_request_of_an_action_that_was_left_behind_is_not_compared_any_more) {
  auto saga = started(sale());
  saga.moment.open_actions.set(0);
  saga.command(command_name::cancel);
  EXPECT_FALSE(saga.give(sagad::engine::mismatch{action(0)}));
  EXPECT_FALSE(saga.open(action(0)).blocked);
}

}  // namespace
