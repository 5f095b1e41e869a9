#include <gtest/gtest.h>

#include "tests/support/definitions.hpp"
#include "tests/support/played_saga.hpp"

namespace {

using sagad::millis;
using sagad::never;
using sagad::problem_code;
using sagad::definition::late_answer;
using sagad::definition::step_kind;
using sagad::engine::action_state;
using sagad::engine::cause;
using sagad::engine::command_name;
using sagad::engine::refusal;
using sagad::engine::verdict;
using sagad::engine::wanted;
using sagad::lifecycle::phase;
using sagad::tests::action;
using sagad::tests::definition_builder;
using sagad::tests::one_step;
using sagad::tests::played_saga;
using sagad::tests::started;
using sagad::tests::t0;
using sagad::tests::undo;

constexpr millis day = 86'400'000;

// s0 and then s1, both compensatable; s0 answers late.
definition_builder late_first(late_answer by = late_answer::callback) {
  definition_builder builder;
  builder.add(step_kind::compensatable);
  builder.add(step_kind::compensatable, {0});
  builder.action(0).late = by;
  builder.action(0).within_ms = day;
  return builder;
}

played_saga accepted() {
  auto saga = started(late_first());
  saga.answer(action(0), verdict::accepted);
  return saga;
}

TEST(late_answer, an_accepted_operation_is_waited_for_and_not_called) {
  auto saga = accepted();
  EXPECT_EQ(saga.events(), "accepted s0/action");
  EXPECT_TRUE(saga.outstanding().now.empty());
  EXPECT_EQ(saga.outstanding().wake_at, t0 + day);
  EXPECT_FALSE(saga.tick_at(t0 + day - 1));
}

TEST(late_answer, that_does_not_come_is_an_attempt_that_ended_unknown) {
  auto builder = late_first();
  builder.action(0).retry.elapsed_ms = 0;
  auto saga = started(builder);
  saga.answer(action(0), verdict::accepted);
  EXPECT_TRUE(saga.tick_at(t0 + day));
  EXPECT_EQ(saga.events(), "failed s0/action by no_late_answer");
  const auto& open = saga.open(action(0));
  EXPECT_FALSE(open.accepted);
  EXPECT_TRUE(open.in_doubt);
  EXPECT_EQ(open.attempt, 2U);
  EXPECT_EQ(open.spent, 1U);
}

TEST(late_answer, that_does_not_come_with_no_budget_left_turns_back_and_undoes) {
  auto saga = accepted();
  saga.tick_at(t0 + day);  // past the 20 s of its budget
  EXPECT_EQ(saga.events(), "failed s0/action by no_late_answer | turned_back by budget_spent");
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(late_answer, done_goes_on_and_is_the_response) {
  auto saga = accepted();
  EXPECT_TRUE(saga.call_back(action(0), verdict::done));
  EXPECT_EQ(saga.events(), "done s0/action");
  EXPECT_EQ(saga.released(), "s1/action");
}

TEST(late_answer, rejected_goes_back_and_does_not_undo) {
  auto saga = accepted();
  EXPECT_TRUE(saga.call_back(action(0), verdict::rejected));
  EXPECT_EQ(saga.now().phase, phase::compensated);
}

TEST(late_answer, failed_ends_the_attempt_unknown) {
  auto saga = accepted();
  EXPECT_TRUE(saga.call_back(action(0), verdict::unknown));
  EXPECT_EQ(saga.events(), "failed s0/action by said_failed");
  EXPECT_EQ(saga.open(action(0)).attempt, 2U);
}

TEST(late_answer, before_the_202_stands_and_the_202_says_nothing_new) {
  auto saga = started(late_first());
  saga.moment.open_actions.set(0);
  const auto accepted_later = saga.a_reply(action(0), verdict::accepted);
  EXPECT_TRUE(saga.call_back(action(0), verdict::done));
  saga.moment.open_actions.clear(0);
  EXPECT_FALSE(saga.give(accepted_later));
  EXPECT_EQ(saga.refusal().what, refusal::kind::nothing);
  EXPECT_EQ(saga.now().steps[0].action, action_state::done);
}

TEST(late_answer, failed_before_the_202_ends_the_attempt_and_the_202_is_an_old_one) {
  auto saga = started(late_first());
  saga.moment.open_actions.set(0);
  const auto accepted_later = saga.a_reply(action(0), verdict::accepted);
  EXPECT_TRUE(saga.call_back(action(0), verdict::unknown));
  saga.moment.open_actions.clear(0);
  EXPECT_FALSE(saga.give(accepted_later));
  EXPECT_FALSE(saga.open(action(0)).accepted);
  EXPECT_EQ(saga.open(action(0)).spent, 1U);
}

TEST(late_answer, in_backoff_counts) {
  auto saga = started(late_first());
  saga.answer(action(0), verdict::unknown, cause::timed_out);
  EXPECT_TRUE(saga.call_back(action(0), verdict::done));
  EXPECT_EQ(saga.released(), "s1/action");
}

TEST(late_answer, failed_in_backoff_says_nothing_new_and_spends_nothing) {
  auto saga = started(late_first());
  saga.answer(action(0), verdict::unknown, cause::timed_out);
  EXPECT_FALSE(saga.call_back(action(0), verdict::unknown));
  EXPECT_EQ(saga.refusal().what, refusal::kind::repeated);
  EXPECT_EQ(saga.open(action(0)).spent, 1U);
  EXPECT_EQ(saga.open(action(0)).attempt, 2U);
}

TEST(late_answer, unblocks_what_is_blocked) {
  for (auto said : {verdict::unknown, verdict::differs}) {
    auto builder = one_step(step_kind::retriable);
    builder.action(0).late = late_answer::callback;
    builder.action(0).retry.attempts_max = 1;
    auto saga = started(builder);
    saga.answer(action(0), said, cause::differs);
    ASSERT_EQ(saga.shown(), "stuck");
    EXPECT_TRUE(saga.call_back(action(0), verdict::done));
    EXPECT_EQ(saga.now().phase, phase::completed);
  }
}

TEST(late_answer, rejected_of_a_blocked_must_succeed_begins_a_generation_and_stays_blocked) {
  auto builder = one_step(step_kind::retriable);
  builder.action(0).retry.attempts_max = 1;
  auto saga = started(builder);
  saga.answer(action(0), verdict::unknown, cause::cut);
  EXPECT_TRUE(saga.call_back(action(0), verdict::rejected));
  EXPECT_EQ(saga.events(), "renewed s0/action by rejected");
  EXPECT_TRUE(saga.open(action(0)).blocked);
  EXPECT_LT(saga.open(action(0)).next_at, never);
}

TEST(late_answer, of_a_probe_that_was_accepted_unblocks_until_the_wait_is_over) {
  auto builder = one_step(step_kind::retriable);
  builder.action(0).late = late_answer::callback;
  builder.action(0).within_ms = 1'000;
  builder.action(0).retry.attempts_max = 1;
  auto saga = started(builder);
  saga.answer(action(0), verdict::unknown, cause::cut);
  saga.moment.at = saga.open(action(0)).next_at;
  saga.answer(action(0), verdict::accepted);
  EXPECT_EQ(saga.shown(), "running");
  saga.tick_at(saga.moment.at + 1'000);
  EXPECT_EQ(saga.events(), "failed s0/action by no_late_answer | blocked s0/action by budget_spent");
}

TEST(late_answer, twice_is_the_one_that_stands) {
  auto saga = accepted();
  saga.call_back(action(0), verdict::done);
  EXPECT_FALSE(saga.call_back(action(0), verdict::done));
  EXPECT_EQ(saga.refusal().what, refusal::kind::repeated);
}

TEST(late_answer, that_says_otherwise_is_recorded_once_and_changes_nothing) {
  auto saga = accepted();
  saga.call_back(action(0), verdict::done);
  EXPECT_TRUE(saga.call_back(action(0), verdict::rejected));
  EXPECT_EQ(saga.events(), "contradicted s0/action");
  EXPECT_TRUE(saga.now().steps[0].contradicted);
  EXPECT_EQ(saga.now().steps[0].action, action_state::done);
  EXPECT_FALSE(saga.call_back(action(0), verdict::rejected));
  EXPECT_TRUE(saga.was_refused(problem_code::outcome_stands));
}

TEST(late_answer, says_otherwise_after_the_end_and_is_told_so) {
  auto builder = one_step(step_kind::compensatable);
  auto saga = started(builder);
  saga.answer(action(0), verdict::done);
  EXPECT_FALSE(saga.call_back(action(0), verdict::rejected));
  EXPECT_TRUE(saga.was_refused(problem_code::outcome_stands));
  EXPECT_FALSE(saga.call_back(action(0), verdict::done));
  EXPECT_EQ(saga.refusal().what, refusal::kind::repeated);
}

TEST(late_answer, of_another_generation_or_of_no_step_is_not_awaited) {
  auto saga = accepted();
  auto reply = saga.a_reply(action(0), verdict::done);
  reply.late = true;
  reply.of.generation = 2;
  EXPECT_FALSE(saga.give(reply));
  EXPECT_TRUE(saga.was_refused(problem_code::no_longer_awaited));
  reply.of.operation.step = 200;
  EXPECT_FALSE(saga.give(reply));
  EXPECT_TRUE(saga.was_refused(problem_code::no_longer_awaited));
  EXPECT_FALSE(saga.call_back(action(1), verdict::done)) << "not released yet";
  EXPECT_TRUE(saga.was_refused(problem_code::no_longer_awaited));
}

TEST(late_answer, of_a_skipped_step_is_not_awaited) {
  auto saga = accepted();
  saga.command_on(command_name::skip, action(0));
  EXPECT_FALSE(saga.call_back(action(0), verdict::done));
  EXPECT_TRUE(saga.was_refused(problem_code::no_longer_awaited));
}

TEST(late_answer, after_the_turn_back_is_recorded_until_the_undo_is_released) {
  definition_builder builder;
  builder.add(step_kind::compensatable);
  builder.add(step_kind::compensatable, {0});
  builder.action(0).late = late_answer::callback;
  builder.add(step_kind::compensatable);
  auto saga = started(builder);
  saga.answer(action(0), verdict::accepted);
  saga.moment.open_actions.set(0);  // a second exchange, so that its undo has to wait
  saga.answer(action(2), verdict::rejected);
  ASSERT_EQ(saga.now().phase, phase::backward);
  EXPECT_TRUE(saga.call_back(action(0), verdict::done));
  EXPECT_EQ(saga.now().steps[0].action, action_state::done);
  saga.moment.open_actions.clear(0);
  saga.give(sagad::engine::tick{});
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(late_answer, rejected_after_the_turn_back_leaves_nothing_to_undo) {
  auto saga = accepted();
  saga.moment.open_actions.set(0);
  saga.command(command_name::cancel);
  EXPECT_TRUE(saga.call_back(action(0), verdict::rejected));
  saga.moment.open_actions.clear(0);
  saga.give(sagad::engine::tick{});
  EXPECT_EQ(saga.now().phase, phase::compensated);
}

TEST(late_answer, after_the_undo_was_released_is_not_awaited) {
  auto saga = accepted();
  saga.command(command_name::cancel);
  ASSERT_EQ(saga.released(), "s0/compensation");
  for (auto said : {verdict::done, verdict::rejected, verdict::unknown}) {
    EXPECT_FALSE(saga.call_back(action(0), said));
    EXPECT_TRUE(saga.was_refused(problem_code::no_longer_awaited));
  }
  saga.answer(undo(0), verdict::done);
  ASSERT_EQ(saga.now().phase, phase::compensated);
  EXPECT_FALSE(saga.call_back(action(0), verdict::done));
  EXPECT_TRUE(saga.was_refused(problem_code::no_longer_awaited)) << "no outcome of it is recorded";
}

TEST(late_answer, of_a_compensation_undoes) {
  auto builder = one_step(step_kind::compensatable);
  builder.compensation(0).late = late_answer::callback;
  builder.compensation(0).within_ms = 1'000;
  auto saga = started(builder);
  saga.answer(action(0), verdict::unknown, cause::cut);
  saga.command(command_name::cancel);
  saga.answer(undo(0), verdict::accepted);
  EXPECT_TRUE(saga.call_back(undo(0), verdict::done));
  EXPECT_EQ(saga.events(), "undone s0/compensation | finished");
}

TEST(late_answer, by_polling_is_asked_for_where_the_participant_said) {
  auto saga = started(late_first(late_answer::poll));
  auto reply = saga.a_reply(action(0), verdict::accepted);
  reply.location = "/jobs/7";
  saga.give(reply);
  ASSERT_EQ(saga.outstanding().now.size(), 1U);
  EXPECT_EQ(saga.outstanding().now[0].what, wanted::kind::poll);
  EXPECT_EQ(saga.open(action(0)).text, "/jobs/7");
}

TEST(late_answer, without_a_place_to_poll_is_waited_for) {
  auto saga = started(late_first(late_answer::poll));
  saga.answer(action(0), verdict::accepted);
  EXPECT_TRUE(saga.outstanding().now.empty());
  EXPECT_EQ(saga.outstanding().wake_at, t0 + day);
}

TEST(late_answer, a_polls_unknown_of_an_older_attempt_counts_for_nothing) {
  auto builder = late_first(late_answer::poll);
  builder.action(0).retry.elapsed_ms = 0;
  auto saga = started(builder);
  saga.answer(action(0), verdict::accepted);
  auto old = saga.a_reply(action(0), verdict::unknown);
  old.late = true;
  saga.tick_at(t0 + day);
  saga.moment.open_actions.set(0);  // the second attempt is on the wire
  EXPECT_FALSE(saga.give(old));
  EXPECT_EQ(saga.open(action(0)).attempt, 2U);
}

TEST(late_answer, a_bare_rejection_by_poll_is_not_believed_after_doubt) {
  auto saga = started(late_first(late_answer::poll));
  saga.answer(action(0), verdict::unknown, cause::timed_out);
  saga.answer(action(0), verdict::accepted);
  auto polled = saga.a_reply(action(0), verdict::rejected_bare);
  polled.late = true;
  polled.why = cause::rejected;
  saga.give(polled);
  EXPECT_EQ(saga.events(), "failed s0/action by rejected");
}

TEST(late_answer, that_it_failed_after_it_was_done_is_told_what_stands) {
  auto saga = accepted();
  saga.call_back(action(0), verdict::done);
  const auto seq = saga.now().seq;
  EXPECT_FALSE(saga.call_back(action(0), verdict::unknown));
  EXPECT_TRUE(saga.was_refused(problem_code::outcome_stands));
  EXPECT_EQ(saga.now().seq, seq);
}

TEST(late_answer, a_contradiction_of_the_action_does_not_hide_one_of_its_compensation) {
  definition_builder builder;
  builder.add(step_kind::compensatable, {});
  builder.add(step_kind::compensatable, {});
  builder.action(0).late = late_answer::callback;
  auto saga = started(builder);
  saga.call_back(action(0), verdict::done);
  ASSERT_TRUE(saga.call_back(action(0), verdict::rejected));
  saga.moment.open_actions.set(1);
  saga.command(command_name::cancel);
  ASSERT_TRUE(saga.answer(undo(0), verdict::done));
  EXPECT_TRUE(saga.call_back(undo(0), verdict::rejected));
  EXPECT_EQ(saga.events(), "contradicted s0/compensation");
  EXPECT_FALSE(saga.call_back(undo(0), verdict::rejected)) << "once";
}

}  // namespace
