// How far the patience with an open operation is said to go, and that the engine keeps to it.
#include <gmock/gmock.h>

#include "tests/support/definitions.hpp"
#include "tests/support/played_saga.hpp"

namespace {

using sagad::never;
using sagad::problem_code;
using sagad::definition::step_kind;
using sagad::engine::cause;
using sagad::engine::command_name;
using sagad::engine::patience;
using sagad::engine::verdict;
using sagad::lifecycle::phase;
using sagad::tests::action;
using sagad::tests::one_step;
using sagad::tests::played_saga;
using sagad::tests::started;
using sagad::tests::t0;
using sagad::tests::undo;
using testing::HasSubstr;

std::optional<patience> patience_of(const played_saga& saga, sagad::engine::operation_id operation = action(0)) {
  return sagad::engine::patience_with(saga.now(), saga.open(operation));
}

TEST(patience, ends_when_its_time_or_its_tries_do) {
  auto saga = started(one_step(step_kind::compensatable));
  EXPECT_EQ(patience_of(saga)->ends_at, t0 + 20'000);
  EXPECT_EQ(patience_of(saga)->tries_left, 5U);
  saga.answer(action(0), verdict::unknown, cause::timed_out);
  EXPECT_EQ(patience_of(saga)->tries_left, 4U);
  saga.answer(action(0), verdict::busy, cause::busy);
  EXPECT_EQ(patience_of(saga)->tries_left, 4U) << "who is busy costs time only";
  saga.moment.at = patience_of(saga)->ends_at - 1;
  saga.answer(action(0), verdict::busy, cause::busy);
  EXPECT_EQ(saga.now().phase, phase::forward);
  saga.moment.at += 1;
  saga.answer(action(0), verdict::busy, cause::busy);
  EXPECT_NE(saga.now().phase, phase::forward);
}

TEST(patience, counts_every_try_where_time_has_no_bound) {
  auto builder = one_step(step_kind::retriable);
  builder.action(0).retry.attempts_max = 2;
  builder.action(0).retry.elapsed_ms = 0;
  auto saga = started(builder);
  EXPECT_EQ(patience_of(saga)->ends_at, never);
  saga.answer(action(0), verdict::not_sent, cause::not_sent);
  EXPECT_EQ(patience_of(saga)->tries_left, 1U);
  saga.answer(action(0), verdict::not_sent, cause::not_sent);
  EXPECT_EQ(saga.shown(), "stuck");
  EXPECT_FALSE(patience_of(saga)) << "what is blocked is not given up once more";
}

TEST(patience, of_what_must_succeed_ends_in_a_stuck_saga) {
  auto saga = started(one_step(step_kind::retriable));
  EXPECT_FALSE(patience_of(saga)->turns_back);
  EXPECT_FALSE(patience_of(saga)->tries_left);
}

TEST(patience, with_an_undo_ends_in_a_stuck_saga_and_with_what_was_left_behind_is_none) {
  auto builder = one_step(step_kind::compensatable);
  builder.add(step_kind::compensatable, {0});
  auto saga = started(builder);
  saga.answer(action(0), verdict::done);
  saga.command(command_name::compensate);
  EXPECT_FALSE(patience_of(saga, action(1)));
  ASSERT_TRUE(saga.is_open(undo(1)));
  EXPECT_FALSE(patience_of(saga, undo(1))->turns_back);
}

TEST(patience, waits_for_a_promised_answer_beyond_its_time) {
  auto builder = one_step(step_kind::compensatable);
  builder.action(0).within_ms = 3'600'000;
  builder.action(0).late = sagad::definition::late_answer::callback;
  auto saga = started(builder);
  saga.answer(action(0), verdict::accepted);
  EXPECT_EQ(patience_of(saga)->ends_at, t0 + 3'600'000);
}

TEST(patience, with_a_pivot_turns_the_saga_back_only_as_long_as_no_byte_was_written) {
  auto saga = started(one_step(step_kind::pivot));
  saga.answer(action(0), verdict::not_sent, cause::not_sent);
  EXPECT_TRUE(patience_of(saga)->turns_back);
  auto asked = saga;
  asked.answer(action(0), verdict::unknown, cause::timed_out);
  EXPECT_FALSE(patience_of(asked)->turns_back);
  saga.moment.at = asked.moment.at = patience_of(saga)->ends_at;
  saga.answer(action(0), verdict::not_sent, cause::not_sent);
  EXPECT_EQ(saga.now().phase, phase::compensated);
  asked.answer(action(0), verdict::not_sent, cause::not_sent);
  EXPECT_EQ(asked.shown(), "stuck");
}

TEST(patience, with_a_pivot_that_was_not_reached_is_told_to_whoever_wants_to_turn_back) {
  auto saga = started(one_step(step_kind::pivot));
  saga.answer(action(0), verdict::not_sent, cause::not_sent);
  saga.moment.at = t0 + 1'001;
  for (auto command : {command_name::cancel, command_name::compensate}) {
    EXPECT_FALSE(saga.command(command));
    EXPECT_TRUE(saga.was_refused(problem_code::state_refuses));
    EXPECT_THAT(saga.refusal().problem.detail,
                HasSubstr("As s0's action was not reached yet, the saga turns back by itself if that stays so for "
                          "599s more"));
  }
  saga.command(command_name::pause);
  EXPECT_FALSE(saga.command(command_name::compensate));
  EXPECT_THAT(saga.refusal().problem.detail, HasSubstr("if that stays so until its retries are used up"));
  saga.command(command_name::resume);
  saga.answer(action(0), verdict::unknown, cause::timed_out);
  EXPECT_FALSE(saga.command(command_name::compensate));
  EXPECT_THAT(saga.refusal().problem.detail, HasSubstr("the saga can only go forward"));
}

}  // namespace
