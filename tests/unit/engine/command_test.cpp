#include <gtest/gtest.h>

#include "tests/support/definitions.hpp"
#include "tests/support/played_saga.hpp"

namespace {

using sagad::never;
using sagad::problem_code;
using sagad::definition::late_answer;
using sagad::definition::step_kind;
using sagad::engine::action_state;
using sagad::engine::cause;
using sagad::engine::command_name;
using sagad::engine::mismatch;
using sagad::engine::operation_id;
using sagad::engine::refusal;
using sagad::engine::verdict;
using sagad::lifecycle::phase;
using sagad::tests::action;
using sagad::tests::definition_builder;
using sagad::tests::one_step;
using sagad::tests::played_saga;
using sagad::tests::sale;
using sagad::tests::started;
using sagad::tests::undo;

constexpr command_name every_command[] = {command_name::retry,   command_name::edit,   command_name::skip,
                                          command_name::pause,   command_name::resume, command_name::compensate,
                                          command_name::resolve, command_name::cancel};

played_saga at_the_pivot() {
  auto saga = started(sale());
  saga.answer(action(0), verdict::done);
  saga.answer(action(1), verdict::done);
  return saga;
}

played_saga blocked_retriable() {
  auto builder = one_step(step_kind::retriable);
  builder.action(0).retry.attempts_max = 1;
  auto saga = started(builder);
  saga.answer(action(0), verdict::unknown, cause::cut);
  return saga;
}

TEST(command, is_recorded_with_who_and_why) {
  auto saga = started(sale());
  saga.command(command_name::pause);
  const auto& event = saga.last().events.at(0);
  EXPECT_EQ(event.text, "c1");
  EXPECT_EQ(event.actor, "ann");
  EXPECT_EQ(event.body, "because");
}

TEST(command, with_the_same_id_is_carried_out_once_and_gives_the_first_result) {
  auto saga = started(sale());
  auto command = saga.a_command(command_name::pause);
  EXPECT_TRUE(saga.give(command));
  const auto seq = saga.now().seq;
  saga.command(command_name::resume);
  EXPECT_FALSE(saga.give(command));
  EXPECT_EQ(saga.refusal().what, refusal::kind::repeated);
  EXPECT_EQ(saga.refusal().seq, seq);
  EXPECT_EQ(saga.shown(), "running");
}

TEST(command, with_the_same_id_gives_the_first_result_even_after_the_end_and_with_an_old_seq) {
  auto saga = started(sale());
  auto command = saga.a_command(command_name::cancel);
  command.if_seq = 1;
  EXPECT_TRUE(saga.give(command));
  saga.answer(undo(0), verdict::done);
  ASSERT_TRUE(saga.now().final());
  EXPECT_FALSE(saga.give(command));
  EXPECT_EQ(saga.refusal().what, refusal::kind::repeated);
}

TEST(command, without_an_id_or_a_name_is_refused) {
  auto saga = started(sale());
  auto command = saga.a_command(command_name::pause);
  command.id = {};
  EXPECT_FALSE(saga.give(command));
  EXPECT_TRUE(saga.was_refused(problem_code::invalid_argument));
  EXPECT_FALSE(saga.command(command_name::none));
  EXPECT_TRUE(saga.was_refused(problem_code::invalid_argument));
}

TEST(command, on_an_older_record_than_the_newest_is_refused) {
  auto saga = started(sale());
  saga.answer(action(0), verdict::done);
  for (auto name : every_command) {
    auto command = saga.a_command(name);
    command.has_operation = true;
    command.operation = action(1);
    command.if_seq = 1;
    EXPECT_FALSE(saga.give(command));
    EXPECT_TRUE(saga.was_refused(problem_code::changed_meanwhile));
  }
  auto command = saga.a_command(command_name::pause);
  command.if_seq = saga.now().seq;
  EXPECT_TRUE(saga.give(command));
}

TEST(command, of_any_name_is_refused_once_the_saga_is_final) {
  auto saga = started(one_step(step_kind::compensatable));
  saga.answer(action(0), verdict::done);
  for (auto name : every_command) {
    EXPECT_FALSE(saga.command(name, true));
    EXPECT_TRUE(saga.was_refused(problem_code::state_refuses));
  }
}

TEST(command, on_a_step_that_is_not_there_is_refused) {
  auto saga = started(sale());
  for (auto name : {command_name::retry, command_name::edit, command_name::skip}) {
    EXPECT_FALSE(saga.command_on(name, action(200), "{}"));
    EXPECT_TRUE(saga.was_refused(problem_code::invalid_argument));
  }
}

TEST(command, on_an_operation_that_is_not_open_is_refused) {
  auto saga = at_the_pivot();
  for (auto operation : {action(0), action(3), undo(0)}) {
    for (auto name : {command_name::retry, command_name::edit, command_name::skip}) {
      EXPECT_FALSE(saga.command_on(name, operation, "{}"));
      EXPECT_TRUE(saga.was_refused(problem_code::state_refuses));
    }
  }
}

TEST(command, on_an_operation_whose_exchange_is_open_is_refused) {
  auto saga = started(sale());
  saga.moment.open_actions.set(0);
  saga.moment.open_until = saga.moment.at + 1'234;
  for (auto name : {command_name::retry, command_name::edit, command_name::skip}) {
    EXPECT_FALSE(saga.command_on(name, action(0), "{}"));
    EXPECT_TRUE(saga.was_refused(problem_code::in_flight));
    EXPECT_NE(saga.refusal().problem.detail.find("1234 ms"), std::string::npos);
  }
}

TEST(command, without_a_side_means_the_operation_that_is_open) {
  auto saga = started(sale());
  auto command = saga.a_command(command_name::skip);
  command.has_operation = true;
  command.operation = {0, sagad::engine::side::compensation};
  EXPECT_TRUE(saga.give(command));
  EXPECT_EQ(saga.events(), "commanded skip | skipped s0/action");
  saga.command(command_name::cancel);
  command = saga.a_command(command_name::skip);
  command.has_operation = true;
  command.operation = action(1);
  EXPECT_TRUE(saga.give(command));
  EXPECT_EQ(saga.events(), "commanded skip | skipped s1/compensation");
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(command, on_an_action_that_was_left_behind_is_refused) {
  auto saga = started(sale());
  saga.answer(action(0), verdict::differs, cause::differs);
  saga.command(command_name::cancel);
  EXPECT_FALSE(saga.command_on(command_name::retry, action(0)));
  EXPECT_TRUE(saga.was_refused(problem_code::state_refuses));
  EXPECT_FALSE(saga.command(command_name::retry)) << "nothing that could be freed is blocked";
}

TEST(retry, gives_a_new_budget_and_the_attempts_number_runs_on) {
  auto saga = blocked_retriable();
  saga.moment.at += 5'000;
  EXPECT_TRUE(saga.command_on(command_name::retry, action(0)));
  EXPECT_EQ(saga.events(), "commanded retry | freed s0/action");
  const auto& open = saga.open(action(0));
  EXPECT_FALSE(open.blocked);
  EXPECT_EQ(open.spent, 0U);
  EXPECT_EQ(open.tries, 0U);
  EXPECT_EQ(open.since, saga.moment.at);
  EXPECT_EQ(open.attempt, 2U);
  EXPECT_EQ(open.generation, 1);
  EXPECT_TRUE(open.in_doubt) << "what happened, happened";
  ASSERT_EQ(saga.outstanding().now.size(), 1U);
  EXPECT_FALSE(saga.outstanding().now[0].probing);
}

TEST(retry, without_a_step_frees_all_that_is_blocked) {
  definition_builder builder;
  for (int branch = 0; branch < 3; ++branch) {
    builder.action(builder.add(step_kind::retriable)).retry.attempts_max = 1;
  }
  auto saga = started(builder);
  saga.answer(action(0), verdict::unknown, cause::cut);
  saga.answer(action(2), verdict::refused, cause::refused);
  EXPECT_TRUE(saga.command(command_name::retry));
  EXPECT_EQ(saga.events(), "commanded retry | freed s0/action | freed s2/action");
  EXPECT_FALSE(saga.command(command_name::retry));
  EXPECT_TRUE(saga.was_refused(problem_code::state_refuses));
}

TEST(retry, without_a_step_says_so_when_all_that_is_blocked_is_being_asked) {
  auto saga = blocked_retriable();
  saga.moment.open_actions.set(0);
  EXPECT_FALSE(saga.command(command_name::retry));
  EXPECT_TRUE(saga.was_refused(problem_code::in_flight));
}

TEST(retry, of_an_operation_in_backoff_asks_now) {
  auto saga = started(one_step(step_kind::compensatable));
  auto reply = saga.a_reply(action(0), verdict::busy);
  reply.retry_after_ms = 2'000;
  saga.give(reply);
  ASSERT_TRUE(saga.outstanding().now.empty());
  saga.command_on(command_name::retry, action(0));
  EXPECT_EQ(saga.outstanding().now.size(), 1U);
}

TEST(retry, of_an_accepted_operation_ends_its_attempt_unknown_first) {
  auto builder = one_step(step_kind::compensatable);
  builder.action(0).late = late_answer::callback;
  builder.action(0).within_ms = 86'400'000;
  auto saga = started(builder);
  saga.answer(action(0), verdict::accepted);
  saga.command_on(command_name::retry, action(0));
  EXPECT_EQ(saga.events(), "commanded retry | failed s0/action by no_late_answer | freed s0/action");
  const auto& open = saga.open(action(0));
  EXPECT_EQ(open.attempt, 2U) << "no number goes out twice";
  EXPECT_TRUE(open.in_doubt) << "what was accepted may still take effect";
  EXPECT_EQ(open.spent, 0U);
}

TEST(retry, of_what_cannot_be_rendered_is_refused) {
  auto saga = started(sale());
  saga.give(mismatch{action(0)});
  EXPECT_EQ(saga.events(), "blocked s0/action by rendering");
  EXPECT_FALSE(saga.command_on(command_name::retry, action(0)));
  EXPECT_TRUE(saga.was_refused(problem_code::state_refuses));
  EXPECT_FALSE(saga.command(command_name::retry));
  EXPECT_FALSE(saga.give(mismatch{action(0)})) << "once is enough";
}

TEST(a_mismatch, of_an_operation_that_is_asked_again_though_blocked_is_recorded) {
  auto saga = blocked_retriable();
  saga.moment.at = saga.open(action(0)).next_at;
  ASSERT_EQ(saga.outstanding().now.size(), 1U);
  EXPECT_TRUE(saga.give(mismatch{action(0)}));
  EXPECT_EQ(saga.open(action(0)).blocked_by, cause::rendering);
  EXPECT_TRUE(saga.outstanding().now.empty());
}

TEST(a_mismatch, of_what_is_not_called_says_nothing) {
  auto builder = one_step(step_kind::compensatable);
  builder.action(0).late = late_answer::callback;
  builder.action(0).within_ms = 1'000;
  auto saga = started(builder);
  saga.answer(action(0), verdict::accepted);
  EXPECT_FALSE(saga.give(mismatch{action(0)}));
  EXPECT_FALSE(saga.give(mismatch{undo(0)}));
}

TEST(edit, begins_a_generation_with_the_new_body) {
  auto saga = blocked_retriable();
  const auto request = saga.open(action(0)).request;
  EXPECT_TRUE(saga.command_on(command_name::edit, action(0), R"({"n":2})"));
  EXPECT_EQ(saga.events(), "commanded edit | edited s0/action");
  EXPECT_EQ(saga.released(), "s0/action#2");
  const auto& open = saga.open(action(0));
  EXPECT_EQ(open.generation, 2);
  EXPECT_EQ(open.attempt, 2U) << "attempt numbers run on";
  EXPECT_EQ(open.spent, 0U);
  EXPECT_FALSE(open.blocked);
  EXPECT_TRUE(open.in_doubt);
  EXPECT_NE(open.request, request);
  sagad::engine::request rendered;
  EXPECT_FALSE(sagad::engine::render(saga.now(), action(0), rendered));
  EXPECT_EQ(rendered.body, R"({"n":2})");
  EXPECT_EQ(sagad::half_digest(rendered.content()), open.request);
}

TEST(edit, where_the_old_request_took_effect_differs_and_the_operator_takes_the_response) {
  auto saga = blocked_retriable();
  saga.command_on(command_name::edit, action(0), R"({"n":2})");
  saga.answer(action(0), verdict::differs, cause::differs);
  EXPECT_EQ(saga.events(), "blocked s0/action by differs");
  EXPECT_TRUE(saga.command_on(command_name::skip, action(0), R"({"taken":1})"));
  EXPECT_EQ(saga.now().phase, phase::completed);
}

TEST(edit, keeps_its_body_when_the_action_is_rejected_and_renewed) {
  auto saga = started(one_step(step_kind::retriable));
  saga.command_on(command_name::edit, action(0), R"({"n":2})");
  const auto request = saga.open(action(0)).request;
  saga.answer(action(0), verdict::rejected, cause::rejected);
  EXPECT_EQ(saga.open(action(0)).generation, 3);
  EXPECT_EQ(saga.open(action(0)).request, request);
}

TEST(edit, frees_what_could_not_be_rendered) {
  auto saga = started(sale());
  saga.give(mismatch{action(0)});
  EXPECT_TRUE(saga.command_on(command_name::edit, action(0), "{}"));
  EXPECT_EQ(saga.shown(), "running");
  EXPECT_EQ(saga.outstanding().now.size(), 1U);
}

TEST(edit, needs_a_step_and_a_body_and_no_late_answer_pending) {
  auto builder = one_step(step_kind::compensatable);
  builder.action(0).late = late_answer::callback;
  builder.action(0).within_ms = 1'000;
  auto saga = started(builder);
  EXPECT_FALSE(saga.command(command_name::edit));
  EXPECT_TRUE(saga.was_refused(problem_code::invalid_argument));
  EXPECT_FALSE(saga.command_on(command_name::edit, action(0)));
  EXPECT_TRUE(saga.was_refused(problem_code::invalid_argument));
  saga.answer(action(0), verdict::accepted);
  EXPECT_FALSE(saga.command_on(command_name::edit, action(0), "{}"));
  EXPECT_TRUE(saga.was_refused(problem_code::state_refuses));
}

TEST(skip, counts_as_done_with_the_stand_in) {
  auto saga = started(sale());
  EXPECT_TRUE(saga.command_on(command_name::skip, action(0), R"({"hold":1})"));
  EXPECT_EQ(saga.events(), "commanded skip | skipped s0/action");
  EXPECT_EQ(saga.released(), "s1/action");
  EXPECT_EQ(saga.now().steps[0].action, action_state::skipped);
  EXPECT_EQ(saga.now().steps[0].attempts, 0) << "it was never asked";
}

TEST(skip, of_the_pivot_makes_it_done) {
  auto saga = at_the_pivot();
  saga.command_on(command_name::skip, action(2));
  EXPECT_EQ(saga.released(), "s3/action s4/action");
}

TEST(skip, of_a_blocked_operation_unsticks) {
  auto saga = blocked_retriable();
  saga.command_on(command_name::skip, action(0));
  EXPECT_EQ(saga.now().phase, phase::completed);
  EXPECT_EQ(saga.now().steps[0].attempts, 1);
}

TEST(compensate, turns_back_before_the_pivot_is_released) {
  for (auto name : {command_name::compensate, command_name::cancel}) {
    auto saga = started(sale());
    saga.answer(action(0), verdict::done);
    EXPECT_TRUE(saga.command(name));
    EXPECT_EQ(saga.released(), "s1/compensation") << "released, so in doubt";
    saga.answer(undo(1), verdict::done);
    saga.answer(undo(0), verdict::done);
    EXPECT_EQ(saga.now().phase, phase::compensated);
  }
}

TEST(compensate, is_refused_once_the_pivot_was_released) {
  for (auto name : {command_name::compensate, command_name::cancel}) {
    auto saga = at_the_pivot();
    EXPECT_FALSE(saga.command(name));
    EXPECT_TRUE(saga.was_refused(problem_code::state_refuses));
  }
}

TEST(compensate, is_refused_on_the_way_back) {
  auto saga = started(sale());
  saga.command(command_name::cancel);
  for (auto name : {command_name::compensate, command_name::cancel}) {
    EXPECT_FALSE(saga.command(name, true));
    EXPECT_TRUE(saga.was_refused(problem_code::state_refuses));
  }
}

TEST(compensate, forced_undoes_what_can_be_and_ends_resolved) {
  auto saga = at_the_pivot();
  saga.answer(action(2), verdict::done);
  EXPECT_TRUE(saga.command(command_name::compensate, true));
  EXPECT_TRUE(saga.now().forced);
  EXPECT_EQ(saga.released(), "s1/compensation");
  saga.answer(undo(1), verdict::done);
  saga.answer(undo(0), verdict::done);
  EXPECT_EQ(saga.now().phase, phase::resolved);
}

TEST(compensate, forced_waits_for_the_pivots_open_exchange) {
  auto saga = at_the_pivot();
  saga.moment.open_actions.set(2);
  saga.command(command_name::compensate, true);
  EXPECT_EQ(saga.released(), "");
  saga.answer(action(2), verdict::done);
  EXPECT_EQ(saga.now().steps[2].action, action_state::done);
  EXPECT_EQ(saga.released(), "s1/compensation");
}

TEST(cancel, cannot_be_forced) {
  auto saga = at_the_pivot();
  EXPECT_FALSE(saga.command(command_name::cancel, true));
  EXPECT_TRUE(saga.was_refused(problem_code::state_refuses));
  auto early = started(sale());
  EXPECT_TRUE(early.command(command_name::cancel, true));
  EXPECT_FALSE(early.now().forced);
}

TEST(resolve, closes_by_hand_from_every_state_that_is_not_final) {
  const auto check = [](played_saga saga) {
    EXPECT_TRUE(saga.command(command_name::resolve));
    EXPECT_EQ(saga.events(), "commanded resolve | finished");
    EXPECT_EQ(saga.shown(), "resolved");
    EXPECT_TRUE(saga.outstanding().now.empty());
    EXPECT_EQ(saga.outstanding().wake_at, never);
  };
  check(started(sale()));
  check(blocked_retriable());
  auto paused = started(sale());
  paused.command(command_name::pause);
  check(std::move(paused));
  auto backward = started(sale());
  backward.command(command_name::cancel);
  check(std::move(backward));
}

TEST(resolve, with_an_open_exchange_must_be_forced) {
  auto saga = started(sale());
  saga.moment.open_actions.set(0);
  EXPECT_FALSE(saga.command(command_name::resolve));
  EXPECT_TRUE(saga.was_refused(problem_code::in_flight));
  EXPECT_TRUE(saga.command(command_name::resolve, true));
  EXPECT_FALSE(saga.answer(action(0), verdict::done)) << "too late";
  EXPECT_FALSE(saga.call_back(action(0), verdict::done));
  EXPECT_TRUE(saga.was_refused(problem_code::no_longer_awaited));
}

TEST(command, with_an_id_that_stands_for_another_one_is_refused) {
  auto saga = started(sale());
  auto pause = saga.a_command(command_name::pause);
  ASSERT_TRUE(saga.give(pause));
  auto resume = pause;
  resume.name = command_name::resume;
  EXPECT_FALSE(saga.give(resume));
  EXPECT_TRUE(saga.was_refused(problem_code::key_reused));
  EXPECT_EQ(saga.shown(), "paused");
}

TEST(command, on_another_step_with_the_same_id_is_refused) {
  definition_builder builder;
  builder.add(step_kind::retriable, {});
  builder.add(step_kind::retriable, {});
  for (sagad::step_no step = 0; step < 2; ++step) builder.action(step).retry.attempts_max = 1;
  auto saga = started(builder);
  for (sagad::step_no step = 0; step < 2; ++step) saga.answer(action(step), verdict::unknown, cause::cut);
  auto first = saga.a_command(command_name::retry);
  first.has_operation = true;
  first.operation = action(0);
  ASSERT_TRUE(saga.give(first));
  auto other = first;
  other.operation = action(1);
  EXPECT_FALSE(saga.give(other));
  EXPECT_TRUE(saga.was_refused(problem_code::key_reused));
  EXPECT_FALSE(saga.give(first));
  EXPECT_EQ(saga.refusal().what, refusal::kind::repeated);
}

TEST(command, ids_that_only_look_alike_to_a_short_hash_are_told_apart) {
  // Both give the same 64 bits of FNV-1a.
  auto saga = started(sale());
  auto pause = saga.a_command(command_name::pause);
  pause.id = "8yn0iYCKYHlIj4-BwPqk";
  auto again = saga.a_command(command_name::pause);
  again.id = "GReLUrM4wMqfg9yzV3KQ";
  ASSERT_TRUE(saga.give(pause));
  ASSERT_TRUE(saga.command(command_name::resume));
  EXPECT_TRUE(saga.give(again));
  EXPECT_EQ(saga.shown(), "paused");
}

TEST(command, so_many_are_remembered_and_of_the_last_one_who_and_why) {
  auto saga = started(sale());
  auto first = saga.a_command(command_name::pause);
  ASSERT_TRUE(saga.give(first));
  for (std::size_t count = 1; count < sagad::engine::commands_remembered_max; ++count) {
    saga.command(count % 2 == 1 ? command_name::resume : command_name::pause);
  }
  EXPECT_EQ(saga.now().commands->seen.size(), sagad::engine::commands_remembered_max);
  EXPECT_FALSE(saga.give(first));
  EXPECT_EQ(saga.refusal().what, refusal::kind::repeated);
  EXPECT_EQ(saga.now().commands->seen.front().actor, "");
  EXPECT_EQ(saga.now().commands->seen.back().actor, "ann");
  EXPECT_EQ(saga.now().commands->seen.back().reason, "because");
  saga.command(command_name::pause);
  EXPECT_EQ(saga.now().commands->seen.size(), sagad::engine::commands_remembered_max);
  EXPECT_NE(saga.now().commands->seen.front().id, sagad::digest_of(first.id));
}

}  // namespace
