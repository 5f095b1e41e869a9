#include <gtest/gtest.h>

#include "tests/support/definitions.hpp"
#include "tests/support/played_saga.hpp"

namespace {

using sagad::definition::late_answer;
using sagad::definition::step_kind;
using sagad::engine::action_state;
using sagad::engine::cause;
using sagad::engine::command_name;
using sagad::engine::tick;
using sagad::engine::verdict;
using sagad::lifecycle::phase;
using sagad::tests::action;
using sagad::tests::definition_builder;
using sagad::tests::played_saga;
using sagad::tests::started;
using sagad::tests::undo;

// A diamond: s0, then s1 beside s2, then s3; then s4, which is what is rejected.
definition_builder diamond() {
  definition_builder builder;
  builder.add(step_kind::compensatable);
  builder.add(step_kind::compensatable, {0});
  builder.add(step_kind::compensatable, {0});
  builder.add(step_kind::compensatable, {1, 2});
  builder.add(step_kind::compensatable, {3});
  return builder;
}

played_saga turned_back_diamond(definition_builder builder = diamond()) {
  auto saga = started(builder);
  for (sagad::step_no step = 0; step < 4; ++step) saga.answer(action(step), verdict::done);
  saga.answer(action(4), verdict::rejected);
  return saga;
}

TEST(backward, undoes_in_reverse_order_and_branches_at_the_same_time) {
  auto saga = turned_back_diamond();
  EXPECT_EQ(saga.released(), "s3/compensation");
  saga.answer(undo(3), verdict::done);
  EXPECT_EQ(saga.released(), "s1/compensation s2/compensation");
  saga.answer(undo(2), verdict::done);
  EXPECT_EQ(saga.released(), "") << "s1 ran after s0, too";
  saga.answer(undo(1), verdict::done);
  EXPECT_EQ(saga.released(), "s0/compensation");
  saga.answer(undo(0), verdict::done);
  EXPECT_EQ(saga.events(), "undone s0/compensation | finished");
  EXPECT_EQ(saga.now().phase, phase::compensated);
}

TEST(backward, passes_over_harmless_steps_and_keeps_the_order) {
  auto builder = diamond();
  builder.step(3).compensation.reset();
  builder.step(1).compensation.reset();
  auto saga = turned_back_diamond(builder);
  EXPECT_EQ(saga.released(), "s2/compensation");
  saga.answer(undo(2), verdict::done);
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(backward, other_branches_are_undone_while_one_is_stuck) {
  auto builder = diamond();
  builder.compensation(1).retry.attempts_max = 1;
  auto saga = turned_back_diamond(builder);
  saga.answer(undo(3), verdict::done);
  saga.answer(undo(1), verdict::unknown, cause::cut);
  EXPECT_EQ(saga.shown(), "stuck");
  saga.answer(undo(2), verdict::done);
  EXPECT_EQ(saga.released(), "") << "s0 waits for s1";
  saga.answer(undo(1), verdict::done);
  EXPECT_EQ(saga.shown(), "compensating");
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(backward, an_open_exchange_is_awaited_before_anything_that_ran_before_it_is_undone) {
  auto saga = started(diamond());
  saga.answer(action(0), verdict::done);
  saga.moment.open_actions.set(1);
  saga.moment.open_actions.set(2);
  saga.answer(action(1), verdict::rejected);
  EXPECT_EQ(saga.events(), "rejected s1/action by rejected | turned_back by rejected");
  EXPECT_EQ(saga.released(), "");
  saga.answer(action(2), verdict::unknown, cause::timed_out);
  EXPECT_EQ(saga.released(), "s2/compensation") << "in doubt: undone";
  saga.answer(undo(2), verdict::done);
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(backward, an_open_exchange_that_ends_rejected_or_never_sent_leaves_nothing_to_undo) {
  for (auto said : {verdict::rejected, verdict::not_sent}) {
    auto saga = started(diamond());
    saga.answer(action(0), verdict::done);
    saga.moment.open_actions.set(2);
    saga.answer(action(1), verdict::rejected);
    saga.answer(action(2), said, cause::not_sent);
    EXPECT_EQ(saga.released(), "s0/compensation");
  }
}

TEST(backward, no_new_attempt_of_an_action_begins) {
  auto saga = started(diamond());
  saga.answer(action(0), verdict::done);
  saga.moment.open_actions.set(2);
  saga.answer(action(1), verdict::rejected);
  saga.moment.at += 3'600'000;
  EXPECT_TRUE(saga.outstanding().now.empty());
  saga.answer(action(2), verdict::busy, cause::busy);
  for (const auto& wanted : saga.outstanding().now) {
    EXPECT_EQ(wanted.attempt.operation.side, sagad::engine::side::compensation);
  }
}

TEST(backward, an_answer_that_changes_nothing_still_lets_the_undo_begin) {
  auto builder = diamond();
  builder.action(1).late = late_answer::callback;
  auto saga = started(builder);
  saga.answer(action(0), verdict::done);
  saga.moment.open_actions.set(1);
  saga.moment.open_actions.set(2);
  saga.call_back(action(1), verdict::done);  // its exchange is still open
  saga.answer(action(2), verdict::rejected);
  ASSERT_EQ(saga.released(), "");
  EXPECT_TRUE(saga.answer(action(1), verdict::done)) << "the same outcome, and its exchange closes";
  EXPECT_EQ(saga.events(), "");
  EXPECT_EQ(saga.released(), "s1/compensation");
}

TEST(backward, the_answer_of_an_old_attempt_still_lets_the_undo_begin) {
  auto builder = diamond();
  builder.action(0).late = late_answer::callback;
  auto saga = started(builder);
  saga.moment.open_actions.set(0);
  auto old = saga.a_reply(action(0), verdict::unknown);
  saga.call_back(action(0), verdict::unknown);  // ends the attempt whose exchange is open
  saga.command(command_name::cancel);
  ASSERT_EQ(saga.released(), "");
  saga.moment.open_actions.clear(0);
  EXPECT_TRUE(saga.give(old));
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(backward, a_contradiction_that_closes_an_exchange_lets_the_undo_begin) {
  definition_builder builder;
  builder.add(step_kind::compensatable);
  builder.add(step_kind::compensatable);
  builder.action(0).late = late_answer::callback;
  auto saga = started(builder);
  saga.moment.open_actions.set(0);
  auto otherwise = saga.a_reply(action(0), verdict::rejected);
  saga.call_back(action(0), verdict::done);
  saga.answer(action(1), verdict::rejected);
  ASSERT_EQ(saga.released(), "");
  saga.moment.open_actions.clear(0);
  EXPECT_TRUE(saga.give(otherwise));
  EXPECT_EQ(saga.events(), "contradicted s0/action");
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(backward, a_refused_action_is_left_behind_and_not_blocked) {
  auto saga = started(diamond());
  saga.moment.open_actions.set(0);
  saga.command(command_name::cancel);
  saga.answer(action(0), verdict::refused, cause::refused);
  EXPECT_EQ(saga.events(), "failed s0/action by refused");
  EXPECT_EQ(saga.released(), "s0/compensation");
  EXPECT_EQ(saga.shown(), "compensating");
}

TEST(backward, an_accepted_action_is_in_doubt_and_not_awaited) {
  auto builder = diamond();
  builder.action(0).late = late_answer::callback;
  builder.action(0).within_ms = 86'400'000;
  auto saga = started(builder);
  saga.answer(action(0), verdict::accepted);
  saga.command(command_name::cancel);
  EXPECT_EQ(saga.released(), "s0/compensation");
  EXPECT_FALSE(saga.tick_at(played_saga::t0 + 86'400'000)) << "its wait is over, and nobody waits";
}

TEST(backward, a_step_that_was_done_by_hand_is_undone_unless_nothing_had_happened) {
  for (bool nothing_happened : {false, true}) {
    auto saga = started(diamond());
    saga.command_on(command_name::skip, action(0), "{}", nothing_happened);
    saga.answer(action(1), verdict::rejected);
    saga.answer(action(2), verdict::rejected);
    EXPECT_EQ(saga.now().phase, nothing_happened ? phase::compensated : phase::backward);
    EXPECT_EQ(saga.is_open(undo(0)), !nothing_happened);
  }
}

TEST(backward, nothing_to_undo_ends_at_once) {
  auto saga = started(diamond());
  saga.answer(action(0), verdict::rejected);
  EXPECT_EQ(saga.now().phase, phase::compensated);
  EXPECT_FALSE(saga.give(tick{}));
}

TEST(backward, a_second_rejection_is_recorded_and_the_first_one_is_the_reason) {
  auto saga = started(diamond());
  saga.answer(action(0), verdict::done);
  saga.moment.open_actions.set(2);
  saga.answer(action(1), verdict::rejected);
  saga.answer(action(2), verdict::rejected);
  EXPECT_EQ(saga.events(), "rejected s2/action by rejected");
  EXPECT_EQ(saga.now().turned_back_at, 1);
}

TEST(backward, a_done_action_stays_what_it_was) {
  auto saga = turned_back_diamond();
  EXPECT_EQ(saga.now().steps[0].action, action_state::done);
  EXPECT_EQ(saga.now().steps[4].action, action_state::rejected);
}

}  // namespace
