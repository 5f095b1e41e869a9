// Starts and commands: what comes in through the one door, and that nothing leaves before it is durable.
#include "core_sagas.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/load_definition.hpp"

#include <gmock/gmock.h>

namespace sagad::tests {
namespace {

using engine::command_name;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view account = R"({"account":"ann"})";

saga_id start_chain(core_bench& bench, const std::string& key = {}) {
  auto& told = bench.start(key, 0, std::string(account));
  bench.turn();
  return told.answer().id;
}

TEST(core_door, a_saga_runs_step_by_step_to_its_end_and_leaves_memory) {
  core_bench bench(chain);
  const auto id = start_chain(bench, "k");
  EXPECT_THAT(bench.calls().names(), ElementsAre("hold/action#1"));
  EXPECT_EQ(bench.calls().at("hold/action#1").call.body, account);
  bench.answer("hold/action#1", 200);
  bench.answer("pay/action#1", 200);
  bench.answer("ship/action#1", 200);
  EXPECT_EQ(bench.facts(id), "started|done|done|done|finished");
  EXPECT_EQ(bench.core().counted().live, 0U);
  EXPECT_EQ(bench.core().counted().completed, 1U);
  EXPECT_EQ(bench.state(id), "completed");
  EXPECT_EQ(bench.core().counted().live, 0U);
  EXPECT_EQ(bench.core().counted().completed, 1U);
}

TEST(core_door, a_call_says_which_attempt_of_what_it_is) {
  core_bench bench(chain);
  const auto id = start_chain(bench);
  const auto& call = bench.calls().at("hold/action#1").call;
  EXPECT_EQ(header_of(call.headers, "Saga-Id"), id.text());
  EXPECT_EQ(header_of(call.headers, "Saga-Definition"), "chain");
  EXPECT_EQ(header_of(call.headers, "Saga-Generation"), "1");
  EXPECT_EQ(header_of(call.headers, "Saga-Epoch"), std::to_string(bench.store().opened().epoch));
  EXPECT_EQ(header_of(call.headers, "Idempotency-Key"), id.text() + "/hold/action/1");
  EXPECT_EQ(call.lane, dispatch::lane::action);
  EXPECT_EQ(call.timeout_ms, 2000);
  bench.answer("hold/action#1", 200);
  EXPECT_EQ(bench.calls().at("pay/action#1").call.lane, dispatch::lane::must_succeed);
}

TEST(core_door, nothing_leaves_before_it_is_durable) {
  core_bench bench(chain);
  bench.store().hold();
  auto& told = bench.start("k", 0, std::string(account));
  bench.turn();
  EXPECT_FALSE(told.told());
  EXPECT_EQ(bench.calls().total(), 0U);
  bench.store().release(1);
  bench.turn();
  EXPECT_TRUE(told.told());
  const auto id = told.answer().id;
  EXPECT_EQ(bench.calls().total(), 1U);
  bench.answer("hold/action#1", 200);
  auto& read = bench.get(id);
  EXPECT_FALSE(read.told());
  EXPECT_EQ(bench.calls().total(), 1U);
  bench.store().release(1);
  bench.turn();
  EXPECT_EQ(read.answer().seq, 2U);
  EXPECT_EQ(bench.calls().total(), 2U);
}

TEST(core_door, a_later_input_is_decided_on_the_newest_state_although_it_is_not_durable_yet) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.store().hold();
  bench.answer("left/action#1", 200);
  bench.answer("right/action#1", 200);
  bench.store().release_all();
  bench.turn();
  EXPECT_EQ(bench.facts(id), "started|done|done|finished");
  EXPECT_EQ(bench.core().counted().completed, 1U);
  EXPECT_EQ(bench.core().counted().live, 0U);
}

TEST(core_door, the_same_key_with_the_same_request_names_the_saga_that_holds_it) {
  core_bench bench(chain);
  const auto id = start_chain(bench, "k");
  auto& again = bench.start("k", 0, std::string(account));
  bench.turn();
  const auto& taken = std::get<runtime::key_taken>(again.all.at(0));
  EXPECT_EQ(taken.held_by, id);
  EXPECT_TRUE(taken.same_request);
  EXPECT_EQ(bench.core().counted().live, 1U);
  EXPECT_EQ(bench.core().counted().started, 1U);
  EXPECT_EQ(bench.core().counted().repeated_starts, 1U);
  EXPECT_EQ(bench.calls().total(), 1U);
}

TEST(core_door, the_same_key_with_another_request_changes_nothing) {
  core_bench bench(chain);
  start_chain(bench, "k");
  auto& other = bench.start("k", 0, R"({"account":"bob"})");
  bench.turn();
  EXPECT_FALSE(std::get<runtime::key_taken>(other.all.at(0)).same_request);
  EXPECT_EQ(bench.core().counted().live, 1U);
  EXPECT_EQ(bench.calls().total(), 1U);
}

TEST(core_door, two_starts_with_one_key_in_one_batch_make_one_saga) {
  core_bench bench(chain);
  auto& first = bench.start("k", 0, std::string(account));
  auto& second = bench.start("k", 0, std::string(account));
  bench.turn();
  EXPECT_EQ(std::get<runtime::key_taken>(second.all.at(0)).held_by, first.answer().id);
  EXPECT_EQ(bench.core().counted().live, 1U);
  EXPECT_EQ(bench.calls().total(), 1U);
}

TEST(core_door, a_start_that_the_journal_refuses_is_told_why_and_nothing_stays_of_it) {
  core_bench bench(pair);
  bench.store().choose([](const journal::entry&) {
    return journal::memory::verdict{journal::result::refused, false, "segment 1 is damaged"};
  });
  auto& told = bench.start();
  bench.turn();
  EXPECT_EQ(told.failure().problem.code, problem_code::internal);
  EXPECT_THAT(told.failure().problem.detail, testing::HasSubstr("segment 1 is damaged"));
  EXPECT_EQ(bench.core().counted().live, 0U);
  EXPECT_EQ(bench.core().counted().started, 0U);
}

TEST(core_door, a_full_journal_refuses_a_start_and_nothing_stays_of_it) {
  core_bench bench(chain);
  bench.store().refuse_starts(true);
  auto& told = bench.start("k", 1000, std::string(account));
  bench.turn();
  EXPECT_EQ(told.failure().problem.code, problem_code::journal_full);
  EXPECT_EQ(bench.core().counted().live, 0U);
  EXPECT_EQ(bench.core().counted().waiting, 0U);
  EXPECT_EQ(bench.calls().total(), 0U);
}

TEST(core_door, a_start_that_cannot_be_rendered_is_compensated_without_a_call) {
  core_bench bench(chain);
  auto& told = bench.start("k", 0, R"({"no":"account"})");
  bench.turn();
  EXPECT_EQ(told.answer().state, "compensated");
  EXPECT_EQ(bench.calls().total(), 0U);
  EXPECT_EQ(bench.core().counted().live, 0U);
}

TEST(core_door, starts_past_the_limits_are_refused) {
  core_bench bench(chain);
  bench.options.live_sagas_max = 2;
  bench.remake();
  start_chain(bench, "a");
  start_chain(bench, "b");
  EXPECT_EQ(bench.start("c").failure().problem.code, problem_code::too_many_requests);
  EXPECT_EQ(bench.core().counted().refused_starts, 1U);
}

TEST(core_door, a_command_is_told_once_it_is_durable) {
  core_bench bench(chain);
  const auto id = start_chain(bench);
  bench.store().hold();
  auto& told = bench.command(id, core_bench::order(command_name::pause, "c1"));
  bench.turn();
  EXPECT_FALSE(told.told());
  bench.store().release_all();
  bench.turn();
  EXPECT_EQ(told.answer().state, "paused");
  EXPECT_FALSE(told.answer().repeated);
}

TEST(core_door, a_repeated_command_is_told_its_first_result_and_does_nothing) {
  core_bench bench(chain);
  const auto id = start_chain(bench);
  bench.command(id, core_bench::order(command_name::pause, "c1"));
  bench.turn();
  bench.command(id, core_bench::order(command_name::resume, "c2"));
  bench.turn();
  auto& again = bench.command(id, core_bench::order(command_name::pause, "c1"));
  bench.turn();
  EXPECT_TRUE(again.answer().repeated);
  EXPECT_EQ(again.answer().state, "running");
  EXPECT_EQ(bench.facts(id), "started|commanded|commanded");
}

TEST(core_door, a_command_for_an_older_record_is_refused) {
  core_bench bench(chain);
  const auto id = start_chain(bench);
  bench.answer("hold/action#1", 200);
  auto order = core_bench::order(command_name::pause, "c1");
  order.if_seq = 1;
  EXPECT_EQ(bench.command(id, order).problem().code, problem_code::changed_meanwhile);
  order.if_seq = 2;
  auto& told = bench.command(id, order);
  bench.turn();
  EXPECT_EQ(told.answer().state, "paused");
}

TEST(core_door, a_command_for_a_step_that_is_not_there_is_refused) {
  core_bench bench(chain);
  const auto id = start_chain(bench);
  auto& told = bench.command(id, core_bench::order(command_name::retry, "c1", "nonsense"));
  EXPECT_EQ(told.problem().code, problem_code::invalid_argument);
}

TEST(core_door, commands_for_a_saga_that_has_ended_leave_nothing_in_memory) {
  core_bench bench(chain);
  const auto id = start_chain(bench);
  bench.answer("hold/action#1", 409);
  EXPECT_EQ(bench.core().counted().live, 0U);
  for (const auto* step : {"", "hold", "nonsense"}) {
    bench.command(id, core_bench::order(command_name::retry, "c", step));
    EXPECT_EQ(bench.core().counted().live, 0U) << step;
  }
  EXPECT_EQ(bench.core().counted().compensated, 1U);
}

TEST(core_door, a_command_withdraws_what_is_held_and_it_goes_on_afterwards) {
  core_bench bench(chain);
  bench.calls().hold_new(true);
  const auto id = start_chain(bench);
  auto& paused = bench.command(id, core_bench::order(command_name::pause, "c1"));
  bench.turn();
  EXPECT_EQ(paused.answer().state, "paused");
  EXPECT_THAT(bench.calls().names(), IsEmpty());
  EXPECT_EQ(bench.calls().withdrawn(), 1U);
  auto& resumed = bench.command(id, core_bench::order(command_name::resume, "c2"));
  bench.turn();
  EXPECT_EQ(resumed.answer().state, "running");
  EXPECT_THAT(bench.calls().names(), ElementsAre("hold/action#1"));
}

TEST(core_door, a_refused_command_leaves_what_was_held_going_on) {
  core_bench bench(chain);
  bench.calls().hold_new(true);
  const auto id = start_chain(bench);
  auto& told = bench.command(id, core_bench::order(command_name::resume, "c1"));
  EXPECT_EQ(told.problem().code, problem_code::state_refuses);
  EXPECT_THAT(bench.calls().names(), ElementsAre("hold/action#1"));
  EXPECT_EQ(bench.core().counted().calls_open, 1U);
}

TEST(core_door, cancel_turns_the_saga_back_and_waits_for_the_open_exchange) {
  core_bench bench(chain);
  const auto id = start_chain(bench);
  bench.command(id, core_bench::order(command_name::cancel, "c1"));
  bench.turn();
  EXPECT_EQ(bench.state(id), "compensating");
  EXPECT_THAT(bench.calls().names(), ElementsAre("hold/action#1"));
  bench.answer("hold/action#1", 200);
  EXPECT_THAT(bench.calls().names(), ElementsAre("hold/compensation#1"));
  bench.answer("hold/compensation#1", 200);
  EXPECT_EQ(bench.state(id), "compensated");
  EXPECT_EQ(bench.core().counted().live, 0U);
}

TEST(core_door, a_saga_resolved_by_force_leaves_while_its_exchange_is_open_and_the_answer_finds_nobody) {
  core_bench bench(chain);
  const auto id = start_chain(bench);
  auto order = core_bench::order(command_name::resolve, "c1");
  EXPECT_EQ(bench.command(id, order).problem().code, problem_code::in_flight);
  order.force = true;
  bench.command(id, order);
  bench.turn();
  EXPECT_EQ(bench.core().counted().live, 0U);
  EXPECT_EQ(bench.core().counted().calls_open, 1U);
  bench.answer("hold/action#1", 200);
  EXPECT_EQ(bench.core().counted().calls_open, 0U);
  EXPECT_EQ(bench.state(id), "resolved");
}

TEST(core_door, a_saga_that_nobody_knows_is_not_found) {
  core_bench bench(chain);
  const auto id = saga_id::make(1, 3, 5);
  EXPECT_EQ(bench.get(id).problem().code, problem_code::not_found);
  EXPECT_EQ(bench.command(id, core_bench::order(command_name::pause, "c")).problem().code, problem_code::not_found);
  EXPECT_EQ(bench.core().counted().live, 0U);
}

runtime::start_request asked_by(const std::string& actor) {
  runtime::start_request request;
  request.definition = load_definition(pair);
  request.input = "{}";
  request.actor = actor;
  request.whose = actor;
  return request;
}

TEST(core_door, who_may_see_only_their_own_sagas_is_told_that_others_are_not_there) {
  core_bench bench(pair);
  std::optional<saga_id> id;
  bench.core().start(asked_by("shop"),
                     [&](runtime::start_result told) { id = std::get<runtime::saga_answer>(told).id; });
  bench.turn();
  ASSERT_TRUE(id);
  const auto seen_by = [&](runtime::only_of whose) {
    std::string seen;
    bench.core().get(*id, {0, std::move(whose), nullptr}, [&](runtime::answer_result told) {
      const auto* problem = std::get_if<sagad::problem>(&told);
      seen = problem != nullptr ? std::string(name(problem->code)) : std::get<runtime::saga_answer>(told).state;
    });
    return seen;
  };
  EXPECT_EQ(seen_by(std::nullopt), "running");
  EXPECT_EQ(seen_by("shop"), "running");
  EXPECT_EQ(seen_by("thief"), "not-found");
  auto cancel = core_bench::order(command_name::cancel, "c");
  cancel.whose = "thief";
  EXPECT_EQ(bench.command(*id, cancel).problem().code, problem_code::not_found);
  bench.crash_and_recover();
  EXPECT_EQ(seen_by("shop"), "running");
  EXPECT_EQ(seen_by("thief"), "not-found");
}

TEST(core_door, a_saga_that_was_loaded_only_to_be_refused_leaves_memory_again) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.answer("left/action#1", 200);
  bench.answer("right/action#1", 200);
  ASSERT_EQ(bench.core().counted().live, 0U);
  bench.core().get(id, {0, "thief", nullptr}, [](const runtime::answer_result&) {});
  EXPECT_EQ(bench.core().counted().live, 0U);
}

TEST(core_door, a_refusal_leaves_no_sooner_than_what_it_rests_on) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.store().hold();
  auto force = core_bench::order(command_name::resolve, "c1");
  force.force = true;
  bench.command(id, force);
  auto& refused = bench.command(id, core_bench::order(command_name::pause, "c2"));
  bench.turn();
  EXPECT_FALSE(refused.told()) << "that the saga is resolved is not durable yet";
  bench.store().release_all();
  bench.turn();
  EXPECT_EQ(refused.problem().code, problem_code::state_refuses);
}

TEST(core_door, an_id_of_a_partition_that_there_is_not_is_no_saga) {
  core_bench bench(pair);
  for (const partition_no partition : {partitions, partition_no{65'535}}) {
    auto forged = saga_id::make(bench.clock.at, partition, 1);
    EXPECT_EQ(bench.get(forged).problem().code, problem_code::not_found);
    EXPECT_EQ(bench.command(forged, core_bench::order(command_name::pause, "c")).problem().code,
              problem_code::not_found);
  }
}

TEST(core_door, what_was_not_written_is_not_counted) {
  core_bench bench(pair);
  bench.started("k");
  bench.store().hold();
  bench.start("k");
  bench.start("k2");
  bench.turn();
  EXPECT_EQ(bench.core().counted().started, 1U) << "counted once it is durable";
  bench.store().release_all();
  bench.turn();
  EXPECT_EQ(bench.core().counted().started, 2U);
  EXPECT_EQ(bench.core().counted().repeated_starts, 1U);
}

TEST(core_door, a_refused_command_costs_a_held_call_nothing) {
  core_bench bench(pair);
  bench.calls().hold_new(true);
  const auto id = bench.started();
  auto command = core_bench::order(command_name::resume, "c");
  EXPECT_EQ(bench.command(id, command).problem().code, problem_code::state_refuses);
  bench.turn();
  EXPECT_EQ(bench.calls().withdrawn(), 0U);
  bench.command(id, core_bench::order(command_name::pause, "c2"));
  EXPECT_EQ(bench.calls().withdrawn(), 2U);
}

TEST(core_door, starts_of_one_turn_share_a_partition_and_the_next_ones_have_another) {
  core_bench bench(pair);
  auto& first = bench.start();
  auto& second = bench.start();
  bench.turn();
  EXPECT_EQ(first.answer().id.partition(), second.answer().id.partition());
  EXPECT_NE(bench.started().partition(), first.answer().id.partition());
  EXPECT_EQ(bench.started().partition(), first.answer().id.partition()) << "the bench has two";
}

TEST(core_door, starts_of_a_moment_share_a_partition) {
  core_bench bench(pair);
  bench.options.moment_ms = 16;
  bench.remake();
  static_cast<void>(bench.started());
  const auto now = bench.started().partition();
  bench.advance(15);
  EXPECT_EQ(bench.started().partition(), now);
  bench.advance(1);
  EXPECT_EQ(bench.started().partition(), now) << "it ends with a turn";
  EXPECT_NE(bench.started().partition(), now);
}

}  // namespace
}  // namespace sagad::tests
