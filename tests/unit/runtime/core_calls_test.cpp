// What should be going on in the world, and what is.
#include "core_sagas.hpp"
#include "records/codec.hpp"
#include "tests/support/core_bench.hpp"

#include <gmock/gmock.h>

namespace sagad::tests {
namespace {

using engine::command_name;
using engine::ending;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(core_calls, a_failed_attempt_is_made_again_after_its_delay) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.fail("left/action#1", ending::timed_out);
  EXPECT_FALSE(bench.calls().has("left/action#2"));
  bench.advance(60);
  EXPECT_TRUE(bench.calls().has("left/action#2"));
  bench.answer("left/action#2", 200);
  EXPECT_EQ(bench.facts(id), "started|failed|done");
}

TEST(core_calls, a_saga_is_started_at_the_moment_that_its_id_says) {
  core_bench bench(pair);
  bench.clock.step = 1;
  const auto id = bench.started();
  const auto stored = bench.store().read(id);
  EXPECT_EQ(std::get<engine::record>(records::decode(stored.at(0).bytes)).at, id.made_at());
}

TEST(core_calls, what_was_never_sent_keeps_its_attempt_number) {
  core_bench bench(pair);
  bench.started();
  bench.fail("left/action#1", ending::not_sent);
  bench.advance(60);
  EXPECT_TRUE(bench.calls().has("left/action#1"));
}

TEST(core_calls, on_the_way_back_what_is_held_is_taken_back_and_undone_as_in_doubt) {
  core_bench bench(pair);
  bench.calls().hold_new(true);
  const auto id = bench.started();
  bench.answer("left/action#1", 409, "{}", engine::outcome::rejected);
  EXPECT_THAT(bench.calls().names(), ElementsAre("right/compensation#1"));
  EXPECT_EQ(bench.calls().withdrawn(), 1U);
  EXPECT_EQ(bench.state(id), "compensating");
}

TEST(core_calls, an_undo_waits_for_its_own_action_and_begins_when_that_is_answered) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.answer("left/action#1", 200);
  bench.command(id, core_bench::order(command_name::cancel, "c"));
  bench.turn();
  EXPECT_THAT(bench.calls().names(), ElementsAre("left/compensation#1", "right/action#1"));
  bench.fail("right/action#1", ending::timed_out);
  EXPECT_THAT(bench.calls().names(), ElementsAre("left/compensation#1", "right/compensation#1"));
  bench.answer("right/compensation#1", 200);
  bench.answer("left/compensation#1", 200);
  EXPECT_EQ(bench.state(id), "compensated");
}

// The turn back is decided while right's call is held, and before that is durable a command takes the call back.
TEST(core_calls, an_undo_that_waits_for_a_held_call_begins_beside_a_refused_command) {
  core_bench bench(pair);
  bench.calls().hold_new(true);
  const auto id = bench.started();
  bench.calls().let_go();
  bench.store().hold();
  auto right = bench.calls().take("right/action#1");
  bench.calls().hold_new(true);
  bench.calls().begin(std::move(right));  // held; left is on its way
  bench.answer("left/action#1", 409, "{}", engine::outcome::rejected);
  auto& refused = bench.command(id, core_bench::order(command_name::cancel, "c"));
  bench.calls().hold_new(false);
  bench.store().release_all();
  bench.turn();
  EXPECT_EQ(refused.problem().code, problem_code::state_refuses);
  EXPECT_THAT(bench.calls().names(), ElementsAre("right/compensation#1"));
  bench.core().audit(1000);
  EXPECT_EQ(bench.core().counted().audit_violations, 0U);
}

TEST(core_calls, an_answer_that_nobody_waits_for_is_dropped) {
  core_bench bench(pair);
  const auto id = bench.started();
  dispatch::answer stray;
  stray.tag = 12345;
  stray.how = ending::answered;
  stray.status = 200;
  bench.core().answered(dispatch::answer(stray));
  stray.tag = bench.calls().at("left/action#1").call.tag;
  bench.answer("left/action#1", 200);
  bench.core().answered(dispatch::answer(stray));
  bench.turn();
  EXPECT_EQ(bench.facts(id), "started|done");
}

TEST(core_calls, a_participant_that_is_not_configured_blocks_the_step_and_says_so) {
  core_bench bench(chain);
  bench.calls().forget("bank");
  auto& told = bench.start({}, 0, R"({"account":"ann"})");
  bench.turn();
  const auto id = told.answer().id;
  EXPECT_EQ(bench.state(id), "stuck");
  EXPECT_THAT(bench.get(id).answer().body, testing::HasSubstr("participant `bank` is not configured\""));
  bench.calls().forget("");
  bench.command(id, core_bench::order(command_name::retry, "c"));
  bench.turn();
  EXPECT_THAT(bench.calls().names(), ElementsAre("hold/action#1"));
}

TEST(core_calls, the_deadline_turns_the_saga_back) {
  core_bench bench(chain);
  auto& told = bench.start({}, 0, R"({"account":"ann"})");
  bench.turn();
  const auto id = told.answer().id;
  bench.advance(30'000);
  EXPECT_EQ(bench.state(id), "compensating");
  bench.answer("hold/action#1", 409, "{}", engine::outcome::rejected);
  EXPECT_EQ(bench.state(id), "compensated");
}

TEST(core_calls, nothing_begins_in_a_core_that_drains_and_it_is_quiet_when_the_last_exchange_has_ended) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.calls().hold_new(true);
  bench.started();
  EXPECT_EQ(bench.core().counted().calls_open, 4U);
  bench.core().drain();
  bench.turn();
  EXPECT_EQ(bench.core().counted().calls_open, 2U) << "what was held is taken back";
  EXPECT_FALSE(bench.core().quiet());
  EXPECT_EQ(bench.start().failure().problem.code, problem_code::draining);
  bench.fail("left/action#1", ending::timed_out);
  bench.store().hold();
  bench.answer("right/action#1", 200);
  bench.advance(10'000);
  EXPECT_THAT(bench.calls().names(), IsEmpty());
  EXPECT_FALSE(bench.core().quiet());
  bench.store().release_all();
  bench.turn();
  EXPECT_TRUE(bench.core().quiet());
  EXPECT_EQ(bench.facts(id), "started|failed|done");
}

TEST(core_calls, a_core_that_drains_does_not_spin_on_polls_that_are_due) {
  core_bench bench(polled);
  bench.started();
  bench.accept("work/action#1", "/work/1");
  bench.core().drain();
  bench.advance(5000);
  EXPECT_EQ(bench.core().counted().polls, 0U);
  EXPECT_TRUE(bench.core().quiet());
}

TEST(core_calls, what_is_held_or_in_flight_is_shown) {
  core_bench bench(pair);
  const auto id = bench.started();
  EXPECT_THAT(bench.get(id).answer().body, testing::HasSubstr("\"in_flight\":true"));
  bench.calls().hold_new(true);
  const auto other = bench.started();
  EXPECT_THAT(bench.get(other).answer().body, testing::HasSubstr("\"held\":\"no free slot\""));
}

TEST(core_calls, what_a_person_asks_for_is_urgent_and_nothing_else_is) {
  core_bench bench(pair);
  const auto id = bench.started();
  EXPECT_FALSE(bench.calls().at("left/action#1").call.urgent);
  bench.fail("left/action#1", ending::timed_out);
  bench.command(id, core_bench::order(command_name::retry, "c", "left"));
  bench.turn();
  EXPECT_TRUE(bench.calls().at("left/action#2").call.urgent);
  bench.fail("left/action#2", ending::timed_out);
  bench.advance(200);
  EXPECT_FALSE(bench.calls().at("left/action#3").call.urgent);
}

TEST(core_calls, send_a_definitions_headers_and_so_do_polls) {
  core_bench bench(R"(
steps:
  - step: work
    participant: bank
    action: {post: /work, headers: {X-Tenant: "${input.tenant}"}, answer: {within: 1h, by: poll}}
    compensation: {post: /work/undo}
)");
  bench.start({}, 0, R"({"tenant":"acme"})");
  bench.turn();
  const auto& called = bench.calls().at("work/action#1").call.headers;
  EXPECT_EQ(header_of(called, "X-Tenant"), "acme");
  EXPECT_TRUE(called.ends_with("X-Tenant: acme\r\n"));
  bench.accept("work/action#1", "/jobs/7");
  bench.advance(60'000);
  ASSERT_EQ(bench.calls().open().size(), 1U);
  ASSERT_TRUE(bench.calls().open()[0].is_poll());
  EXPECT_EQ(header_of(bench.calls().open()[0].call.headers, "X-Tenant"), "acme");
}

}  // namespace
}  // namespace sagad::tests
