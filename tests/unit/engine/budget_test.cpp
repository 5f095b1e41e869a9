// The table of semantics: three kinds of operation, what was answered, and what then follows; with a budget left and
// with none.
#include <gtest/gtest.h>

#include <set>

#include "tests/support/definitions.hpp"
#include "tests/support/played_saga.hpp"

namespace {

using sagad::millis;
using sagad::never;
using sagad::step_no;
using sagad::definition::step_kind;
using sagad::engine::action_state;
using sagad::engine::cause;
using sagad::engine::command_name;
using sagad::engine::verdict;
using sagad::lifecycle::phase;
using sagad::tests::action;
using sagad::tests::definition_builder;
using sagad::tests::one_step;
using sagad::tests::played_saga;
using sagad::tests::started;
using sagad::tests::undo;

// One step whose action may be tried `attempts` times.
sagad::definition::definition_ptr limited(step_kind kind, std::uint32_t attempts, millis elapsed_ms = 0) {
  auto builder = one_step(kind);
  builder.action(0).retry.attempts_max = attempts;
  builder.action(0).retry.elapsed_ms = elapsed_ms;
  return builder.build();
}

// A compensation that may be tried once, released by a forced way back.
played_saga undoing_once() {
  auto builder = one_step(step_kind::compensatable);
  builder.add(step_kind::compensatable, {0});
  builder.compensation(0).retry.attempts_max = 1;
  played_saga saga(builder.build());
  saga.start();
  saga.answer(action(0), verdict::done);
  saga.answer(action(1), verdict::rejected);
  return saga;
}

TEST(budget, done_goes_forward_for_every_kind) {
  for (auto kind : {step_kind::compensatable, step_kind::pivot, step_kind::retriable}) {
    auto saga = started(limited(kind, 1));
    EXPECT_TRUE(saga.answer(action(0), verdict::done));
    EXPECT_EQ(saga.events(), "done s0/action | finished");
    EXPECT_EQ(saga.now().phase, phase::completed);
  }
}

TEST(budget, a_rejected_compensatable_action_goes_backward_and_is_not_undone) {
  for (auto said : {verdict::rejected, verdict::rejected_bare}) {
    auto saga = started(limited(step_kind::compensatable, 5));
    EXPECT_TRUE(saga.answer(action(0), said));
    EXPECT_EQ(saga.events(), "rejected s0/action by rejected | turned_back by rejected | finished");
    EXPECT_EQ(saga.now().phase, phase::compensated);
    EXPECT_EQ(saga.now().why, "what it said");
  }
}

TEST(budget, a_rejected_pivot_goes_backward) {
  auto builder = one_step(step_kind::compensatable);
  builder.add(step_kind::pivot, {0});
  auto saga = started(builder.build());
  saga.answer(action(0), verdict::done);
  EXPECT_TRUE(saga.now().past_return);
  saga.answer(action(1), verdict::rejected);
  EXPECT_EQ(saga.events(), "rejected s1/action by rejected | turned_back by rejected");
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(budget, a_rejected_retriable_action_is_tried_again_as_a_new_generation) {
  auto saga = started(limited(step_kind::retriable, 0));
  for (std::uint32_t generation = 2; generation < 5; ++generation) {
    EXPECT_TRUE(saga.answer(action(0), verdict::rejected_bare, cause::rejected));
    EXPECT_EQ(saga.events(), "renewed s0/action by rejected");
    const auto& open = saga.open(action(0));
    EXPECT_EQ(open.generation, generation);
    EXPECT_EQ(open.attempt, generation) << "attempt numbers run on across generations";
    EXPECT_EQ(open.spent, generation - 1U);
    EXPECT_FALSE(open.in_doubt);
    EXPECT_GE(open.next_at, saga.moment.at);
    EXPECT_EQ(saga.last().released.at(0).generation, generation);
  }
}

TEST(budget, a_rejected_compensation_is_as_unknown) {
  auto saga = undoing_once();
  for (auto said : {verdict::rejected, verdict::rejected_bare}) {
    EXPECT_TRUE(saga.answer(undo(0), said, cause::rejected));
    EXPECT_TRUE(saga.open(undo(0)).in_doubt);
    EXPECT_EQ(saga.open(undo(0)).generation, 1);
  }
  EXPECT_EQ(saga.shown(), "stuck");
}

TEST(budget, a_bare_rejection_is_not_believed_once_an_attempt_ended_unknown) {
  auto saga = started(limited(step_kind::compensatable, 3));
  saga.answer(action(0), verdict::unknown, cause::timed_out);
  saga.answer(action(0), verdict::rejected_bare, cause::rejected);
  EXPECT_EQ(saga.events(), "failed s0/action by rejected");
  saga.answer(action(0), verdict::rejected_bare, cause::rejected);
  EXPECT_EQ(saga.events(), "failed s0/action by rejected | turned_back by budget_spent");
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(budget, a_promised_rejection_is_believed_even_after_an_unknown_attempt) {
  auto saga = started(limited(step_kind::compensatable, 3));
  saga.answer(action(0), verdict::unknown, cause::timed_out);
  saga.answer(action(0), verdict::rejected);
  EXPECT_EQ(saga.now().phase, phase::compensated);
}

TEST(budget, doubt_lasts_over_generations) {
  auto saga = started(limited(step_kind::retriable, 0));
  saga.answer(action(0), verdict::unknown, cause::cut);
  saga.answer(action(0), verdict::rejected, cause::rejected);  // promised: a new generation
  EXPECT_EQ(saga.open(action(0)).generation, 2);
  saga.answer(action(0), verdict::rejected_bare, cause::rejected);
  EXPECT_EQ(saga.events(), "failed s0/action by rejected");
  EXPECT_EQ(saga.open(action(0)).generation, 2);
}

TEST(budget, a_bare_rejection_of_a_pivot_after_doubt_blocks_when_the_budget_is_spent) {
  auto saga = started(limited(step_kind::pivot, 2));
  saga.answer(action(0), verdict::unknown, cause::timed_out);
  saga.answer(action(0), verdict::rejected_bare, cause::rejected);
  EXPECT_EQ(saga.events(), "failed s0/action by rejected | blocked s0/action by budget_spent");
  EXPECT_EQ(saga.now().phase, phase::forward);
  EXPECT_EQ(saga.shown(), "stuck");
}

TEST(budget, unknown_spends_an_attempt_whatever_its_kind) {
  for (auto said : {verdict::unknown, verdict::misconfigured, verdict::stale}) {
    auto saga = started(limited(step_kind::compensatable, 5));
    saga.answer(action(0), said, cause::server_error);
    const auto& open = saga.open(action(0));
    EXPECT_EQ(open.spent, 1U);
    EXPECT_EQ(open.attempt, 2U);
    EXPECT_TRUE(open.in_doubt);
    EXPECT_TRUE(open.any_byte);
    EXPECT_EQ(open.last_error, cause::server_error);
    EXPECT_EQ(open.text, "what it said");
  }
}

TEST(budget, busy_spends_time_only) {
  auto saga = started(limited(step_kind::compensatable, 2, 20'000));
  for (std::uint32_t tries = 1; tries < 10; ++tries) {
    saga.answer(action(0), verdict::busy, cause::busy);
    EXPECT_EQ(saga.events(), "withheld s0/action by busy");
    const auto& open = saga.open(action(0));
    EXPECT_EQ(open.spent, 0U);
    EXPECT_EQ(open.tries, tries);
    EXPECT_EQ(open.attempt, tries + 1) << "a request was written: that is an attempt's number";
    EXPECT_FALSE(open.in_doubt);
    EXPECT_TRUE(open.any_byte);
  }
  saga.moment.at += 20'000;
  saga.answer(action(0), verdict::busy, cause::busy);
  EXPECT_EQ(saga.events(), "withheld s0/action by busy | turned_back by budget_spent");
  EXPECT_EQ(saga.released(), "s0/compensation") << "a byte was written";
}

TEST(budget, what_is_not_sent_spends_time_only_and_is_no_attempt) {
  auto saga = started(limited(step_kind::compensatable, 1, 20'000));
  for (std::uint32_t tries = 1; tries < 10; ++tries) {
    saga.answer(action(0), verdict::not_sent, cause::not_sent);
    const auto& open = saga.open(action(0));
    EXPECT_EQ(open.spent, 0U);
    EXPECT_EQ(open.tries, tries);
    EXPECT_EQ(open.attempt, 1U);
    EXPECT_FALSE(open.any_byte);
  }
}

// A definition that was accepted when `delay: 0s` was.
TEST(budget, without_any_delay_a_second_takes_no_more_than_hundreds_of_tries) {
  definition_builder builder;
  builder.add(step_kind::retriable);
  builder.action(0).retry.delay_ms = builder.action(0).retry.delay_max_ms = 0;
  auto saga = started(builder.build());
  const auto begun = saga.moment.at;
  int tries = 0;
  for (; tries < 5000 && saga.moment.at - begun < 1000; ++tries) {
    saga.moment.at = std::max(saga.moment.at, saga.open(action(0)).next_at);
    saga.answer(action(0), verdict::not_sent, cause::not_sent);
  }
  EXPECT_LT(tries, 500);
}

// Only the number of tries has a bound, and nobody is reached.
TEST(budget, of_attempts_alone_ends_though_none_is_ever_sent) {
  for (auto kind : {step_kind::compensatable, step_kind::pivot, step_kind::retriable}) {
    auto saga = started(limited(kind, 5));
    for (int tries = 1; tries < 5; ++tries) saga.answer(action(0), verdict::not_sent, cause::not_sent);
    EXPECT_EQ(saga.shown(), "running");
    saga.answer(action(0), verdict::not_sent, cause::not_sent);
    EXPECT_EQ(saga.shown(), kind == step_kind::retriable ? "stuck" : "compensated");
  }
}

TEST(budget, spent_without_a_byte_goes_backward_and_nothing_is_undone) {
  for (auto kind : {step_kind::compensatable, step_kind::pivot}) {
    auto saga = started(limited(kind, 0, 1000));
    saga.moment.at += 1000;
    saga.answer(action(0), verdict::not_sent, cause::not_sent);
    EXPECT_EQ(saga.events(), "given_up s0/action by not_sent | turned_back by budget_spent | finished");
    EXPECT_EQ(saga.now().phase, phase::compensated);
    EXPECT_EQ(saga.now().steps[0].action, action_state::given_up);
    EXPECT_EQ(saga.now().steps[0].attempts, 0) << "nothing was ever sent";
  }
}

TEST(budget, spent_without_a_byte_blocks_what_must_succeed) {
  auto saga = started(limited(step_kind::retriable, 0, 1000));
  saga.moment.at += 1000;
  saga.answer(action(0), verdict::not_sent, cause::not_sent);
  EXPECT_EQ(saga.events(), "withheld s0/action by not_sent | blocked s0/action by budget_spent");
  EXPECT_EQ(saga.shown(), "stuck");
}

TEST(budget, spent_after_any_byte_undoes_a_compensatable_step_too) {
  for (auto said : {verdict::unknown, verdict::busy}) {
    auto saga = started(limited(step_kind::compensatable, 0, 1000));
    saga.answer(action(0), said, cause::busy);
    saga.moment.at += 1000;
    saga.answer(action(0), verdict::not_sent, cause::not_sent);
    EXPECT_EQ(saga.events(), "withheld s0/action by not_sent | turned_back by budget_spent");
    EXPECT_EQ(saga.released(), "s0/compensation");
    EXPECT_EQ(saga.now().phase, phase::backward);
  }
}

TEST(budget, spent_after_any_byte_blocks_a_pivot_and_neither_way_is_taken) {
  for (auto said : {verdict::unknown, verdict::busy}) {
    auto saga = started(limited(step_kind::pivot, 0, 1000));
    saga.answer(action(0), said, cause::busy);
    saga.moment.at += 1000;
    saga.answer(action(0), verdict::not_sent, cause::not_sent);
    EXPECT_EQ(saga.now().phase, phase::forward);
    EXPECT_TRUE(saga.open(action(0)).blocked);
    EXPECT_EQ(saga.open(action(0)).blocked_by, cause::budget_spent);
  }
}

TEST(budget, spent_after_an_unknown_blocks_retriable_actions_and_compensations) {
  auto retriable = started(limited(step_kind::retriable, 1));
  retriable.answer(action(0), verdict::unknown, cause::cut);
  EXPECT_EQ(retriable.events(), "failed s0/action by cut | blocked s0/action by budget_spent");
  auto compensation = undoing_once();
  compensation.answer(undo(0), verdict::unknown, cause::cut);
  EXPECT_EQ(compensation.events(), "failed s0/compensation by cut | blocked s0/compensation by budget_spent");
  EXPECT_EQ(compensation.shown(), "stuck");
}

TEST(budget, a_rejected_retriable_action_with_no_budget_left_is_blocked_in_its_new_generation) {
  auto saga = started(limited(step_kind::retriable, 1));
  saga.answer(action(0), verdict::rejected, cause::rejected);
  EXPECT_EQ(saga.events(), "renewed s0/action by rejected | blocked s0/action by budget_spent");
  EXPECT_EQ(saga.released(), "s0/action#2");
  EXPECT_TRUE(saga.open(action(0)).blocked);
}

TEST(budget, elapsed_is_judged_only_when_a_try_ends) {
  auto saga = started(limited(step_kind::compensatable, 5, 20'000));
  EXPECT_FALSE(saga.tick_at(played_saga::t0 + 3'600'000));
  ASSERT_EQ(saga.outstanding().now.size(), 1U) << "it is asked, however late";
  saga.answer(action(0), verdict::unknown, cause::cut);
  EXPECT_EQ(saga.events(), "failed s0/action by cut | turned_back by budget_spent");
}

TEST(budget, a_blocked_operation_is_asked_again_and_heals_by_itself) {
  auto saga = started(limited(step_kind::retriable, 1));
  saga.answer(action(0), verdict::unknown, cause::cut);
  const auto next = saga.open(action(0)).next_at;
  EXPECT_GE(next, saga.moment.at + 45'000);
  EXPECT_LE(next, saga.moment.at + 75'000);
  EXPECT_TRUE(saga.outstanding().now.empty());
  EXPECT_EQ(saga.outstanding().wake_at, next);
  saga.moment.at = next;
  ASSERT_EQ(saga.outstanding().now.size(), 1U);
  EXPECT_TRUE(saga.outstanding().now[0].probing);
  saga.answer(action(0), verdict::unknown, cause::cut);
  EXPECT_EQ(saga.events(), "failed s0/action by cut") << "blocked already, and not anew";
  EXPECT_TRUE(saga.open(action(0)).blocked);
  EXPECT_GT(saga.open(action(0)).next_at, next);
  saga.answer(action(0), verdict::done);
  EXPECT_EQ(saga.now().phase, phase::completed);
}

TEST(budget, without_a_stuck_retry_a_blocked_operation_waits_for_a_command) {
  auto builder = one_step(step_kind::retriable);
  builder.action(0).retry.attempts_max = 1;
  builder.action(0).retry.stuck_retry_ms = 0;
  auto saga = started(builder.build());
  saga.answer(action(0), verdict::unknown, cause::cut);
  EXPECT_EQ(saga.open(action(0)).next_at, never);
  EXPECT_EQ(saga.outstanding().wake_at, never);
  EXPECT_TRUE(saga.command(command_name::retry));
  EXPECT_EQ(saga.outstanding().now.size(), 1U);
}

TEST(budget, refused_and_differs_block_every_kind_until_a_command) {
  for (auto kind : {step_kind::compensatable, step_kind::pivot, step_kind::retriable}) {
    for (auto said : {verdict::refused, verdict::differs}) {
      auto saga = started(limited(kind, 0));
      saga.answer(action(0), said, cause::refused);
      EXPECT_EQ(saga.events(), "blocked s0/action by refused");
      EXPECT_EQ(saga.now().phase, phase::forward);
      EXPECT_EQ(saga.shown(), "stuck");
      EXPECT_EQ(saga.open(action(0)).next_at, never);
      EXPECT_EQ(saga.open(action(0)).attempt, 2U);
    }
  }
}

TEST(budget, an_unknown_participant_blocks_and_no_attempt_is_counted) {
  auto saga = started(limited(step_kind::compensatable, 5, 1000));
  saga.answer(action(0), verdict::refused, cause::unknown_participant);
  EXPECT_EQ(saga.open(action(0)).attempt, 1U);
  EXPECT_FALSE(saga.open(action(0)).any_byte);
  EXPECT_TRUE(saga.open(action(0)).blocked);
}

TEST(budget, a_wait_is_spread_and_bounded_and_a_retry_after_comes_first) {
  auto builder = one_step(step_kind::compensatable);
  builder.action(0).retry.attempts_max = 0;
  builder.action(0).retry.elapsed_ms = 0;
  builder.action(0).retry.delay_ms = 100;
  builder.action(0).retry.delay_max_ms = 400;
  auto saga = started(builder.build());
  std::set<millis> waits;
  for (int tries = 0; tries < 20; ++tries) {
    saga.answer(action(0), verdict::unknown, cause::cut);
    const auto wait = saga.open(action(0)).next_at - saga.moment.at;
    EXPECT_LE(wait, std::min(400, tries > 2 ? 400 : 100 << tries)) << tries;
    if (tries > 2) waits.insert(wait);
  }
  EXPECT_GT(waits.size(), 10U) << "jitter spreads them";
  EXPECT_GT(*waits.rbegin(), 200) << "up to the whole bound";
  auto reply = saga.a_reply(action(0), verdict::busy);
  reply.retry_after_ms = 350;
  saga.give(reply);
  EXPECT_GE(saga.open(action(0)).next_at, saga.moment.at + 350);
  reply = saga.a_reply(action(0), verdict::busy);
  reply.retry_after_ms = 31'536'000'000;
  saga.give(reply);
  EXPECT_EQ(saga.open(action(0)).next_at, saga.moment.at + 400);
}

TEST(budget, what_a_participant_said_is_cut_between_characters) {
  auto saga = started(limited(step_kind::compensatable, 5));
  auto reply = saga.a_reply(action(0), verdict::unknown);
  const std::string detail = std::string(255, 'a') + "\u20ac and more";
  reply.detail = detail;
  saga.give(reply);
  EXPECT_EQ(saga.open(action(0)).text, std::string(255, 'a'));
}

TEST(budget, an_old_attempts_unknown_counts_for_nothing) {
  auto saga = started(limited(step_kind::compensatable, 5));
  auto old = saga.a_reply(action(0), verdict::unknown);
  saga.answer(action(0), verdict::unknown, cause::timed_out);
  for (auto said : {verdict::unknown, verdict::busy, verdict::not_sent, verdict::accepted, verdict::refused}) {
    old.verdict = said;
    EXPECT_FALSE(saga.give(old));
    EXPECT_EQ(saga.refusal().what, sagad::engine::refusal::kind::nothing);
  }
}

TEST(budget, an_old_attempts_outcome_settles) {
  for (auto said : {verdict::done, verdict::rejected}) {
    auto saga = started(limited(step_kind::compensatable, 5));
    const auto old = saga.a_reply(action(0), said);
    saga.answer(action(0), verdict::unknown, cause::timed_out);
    EXPECT_TRUE(saga.give(old));
    EXPECT_EQ(saga.now().phase, said == verdict::done ? phase::completed : phase::compensated);
  }
}

TEST(budget, an_answer_of_another_generation_settles_nothing) {
  auto saga = started(limited(step_kind::retriable, 0));
  const auto old = saga.a_reply(action(0), verdict::done);
  saga.answer(action(0), verdict::rejected, cause::rejected);
  EXPECT_FALSE(saga.give(old));
  EXPECT_EQ(saga.now().phase, phase::forward);
}

TEST(budget, branches_join_when_all_are_done) {
  definition_builder builder;
  builder.add(step_kind::compensatable);
  builder.add(step_kind::compensatable);
  builder.add(step_kind::compensatable, {0, 1});
  auto saga = started(builder.build());
  EXPECT_EQ(saga.released(), "s0/action s1/action");
  saga.answer(action(1), verdict::done);
  EXPECT_EQ(saga.released(), "");
  saga.answer(action(0), verdict::done);
  EXPECT_EQ(saga.released(), "s2/action");
  saga.answer(action(2), verdict::done);
  EXPECT_EQ(saga.now().phase, phase::completed);
}

TEST(budget, an_operation_of_an_unknown_participant_is_looked_at_again_by_itself) {
  auto saga = started(limited(step_kind::retriable, 5));
  saga.answer(action(0), verdict::refused, cause::unknown_participant);
  EXPECT_EQ(saga.shown(), "stuck");
  const auto next = saga.open(action(0)).next_at;
  EXPECT_GT(next, saga.moment.at);
  EXPECT_LE(next, saga.moment.at + 75'000) << "stuck_retry, a quarter more or less";
  saga.moment.at = next;
  EXPECT_EQ(saga.outstanding().now.size(), 1U);
  saga.answer(action(0), verdict::done);
  EXPECT_EQ(saga.now().phase, phase::completed);
}

TEST(budget, what_an_unknown_participant_blocked_goes_on_being_asked_when_it_fails) {
  for (const auto kind : {step_kind::compensatable, step_kind::pivot}) {
    auto saga = started(limited(kind, 5));
    saga.answer(action(0), verdict::refused, cause::unknown_participant);
    for (const auto how : {verdict::not_sent, verdict::busy, verdict::unknown}) {
      saga.moment.at = saga.open(action(0)).next_at;
      saga.answer(action(0), how);
      EXPECT_GT(saga.open(action(0)).next_at, saga.moment.at);
      EXPECT_LE(saga.open(action(0)).next_at, saga.moment.at + 75'000);
      EXPECT_EQ(saga.shown(), "stuck") << "somebody was told, and may decide";
    }
    saga.answer(action(0), verdict::done);
    EXPECT_EQ(saga.now().phase, phase::completed);
  }
}

TEST(budget, what_was_lost_is_not_asked_by_finding_its_participant_unknown) {
  auto saga = started(limited(step_kind::compensatable, 5));
  saga.give(sagad::engine::recovery{2});
  ASSERT_TRUE(saga.open(action(0)).unasked);
  saga.answer(action(0), verdict::refused, cause::unknown_participant);
  EXPECT_TRUE(saga.open(action(0)).unasked) << "the deadline still waits for an answer";
}

TEST(budget, a_request_that_differs_leaves_doubt_whatever_is_answered_next) {
  auto saga = started(limited(step_kind::compensatable, 5));
  saga.answer(action(0), verdict::differs, cause::differs);
  EXPECT_TRUE(saga.open(action(0)).in_doubt);
  saga.command_on(command_name::retry, action(0));
  saga.answer(action(0), verdict::rejected_bare, cause::rejected);
  EXPECT_EQ(saga.events(), "failed s0/action by rejected");
}

TEST(budget, after_a_thousand_tries_waits_are_ten_times_as_long) {
  auto builder = one_step(step_kind::retriable);
  builder.action(0).retry = {.attempts_max = 1, .stuck_retry_ms = 60'000};
  auto saga = started(builder.build());
  const auto wait_after = [&saga] {
    saga.answer(action(0), verdict::unknown, cause::cut);
    const auto wait = saga.open(action(0)).next_at - saga.moment.at;
    saga.moment.at = saga.open(action(0)).next_at;
    return wait;
  };
  for (int count = 0; count < 1000; ++count) ASSERT_LE(wait_after(), 75'000) << count;
  EXPECT_EQ(saga.open(action(0)).tries, 1000U);
  for (int count = 0; count < 10; ++count) EXPECT_GE(wait_after(), 450'000);
}

TEST(budget, generations_go_past_sixteen_bits) {
  auto saga = started(limited(step_kind::retriable, 0));
  for (int count = 0; count < 65'540; ++count) {
    ASSERT_TRUE(saga.answer(action(0), verdict::rejected, cause::rejected));
    saga.moment.at = saga.open(action(0)).next_at;
  }
  EXPECT_EQ(saga.open(action(0)).generation, 65'541U);
}

// The bound of each wait is reached by some saga, so that none is counted one try short.
TEST(budget, the_first_wait_may_take_its_whole_bound_and_the_second_twice_that) {
  auto builder = one_step(step_kind::compensatable);
  builder.action(0).retry = {.attempts_max = 9, .elapsed_ms = 60'000, .delay_ms = 1'000, .delay_max_ms = 30'000};
  millis longest[2] = {0, 0};
  for (int number = 0; number < 200; ++number) {
    played_saga saga(builder.build(), sagad::saga_id::make(played_saga::t0, 3, static_cast<std::uint64_t>(number)));
    saga.start();
    for (auto& wait : longest) {
      saga.answer(action(0), verdict::unknown, cause::cut);
      wait = std::max(wait, saga.open(action(0)).next_at - saga.moment.at);
    }
  }
  EXPECT_GT(longest[0], 900);
  EXPECT_LE(longest[0], 1'000);
  EXPECT_GT(longest[1], 1'800);
  EXPECT_LE(longest[1], 2'000);
}

}  // namespace
