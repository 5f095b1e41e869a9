// The answer about a saga, as clients and people see it.
#include "runtime/saga_json.hpp"

#include <gmock/gmock.h>

#include "core_sagas.hpp"
#include "json/json.hpp"
#include "records/as_json.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/load_definition.hpp"

namespace sagad::tests {
namespace {

using engine::ending;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string body_of(core_bench& bench, const saga_id& id) {
  auto& told = bench.get(id);
  bench.turn();
  const auto body = told.answer().body;
  EXPECT_FALSE(json::check(body)) << body;
  return body;
}

TEST(saga_json, begins_with_its_id_so_that_lists_sort_by_time) {
  core_bench bench(pair);
  const auto id = bench.started();
  EXPECT_EQ(body_of(bench, id).substr(0, 8 + 26), "{\"id\":\"" + id.text() + "\"");
}

TEST(saga_json, shows_labels_whether_its_definition_is_known_or_not) {
  engine::saga saga;
  EXPECT_THAT(runtime::saga_as_json(saga, false), Not(HasSubstr("labels")));
  saga.labels.assign(R"({"region":"eu"})");
  EXPECT_THAT(runtime::saga_as_json(saga, false), HasSubstr(R"("labels":{"region":"eu"})"));
  saga.definition = load_definition(pair);
  EXPECT_THAT(runtime::saga_as_json(saga, false), HasSubstr(R"("labels":{"region":"eu"})"));
}

TEST(saga_json, shows_where_each_step_stands) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.answer("left/action#1", 200);
  bench.fail("right/action#1", ending::timed_out);
  const auto body = body_of(bench, id);
  EXPECT_THAT(body, HasSubstr(R"("state":"running")"));
  EXPECT_THAT(body, HasSubstr(R"("direction":"forward")"));
  EXPECT_THAT(body, HasSubstr(R"({"step":"left","participant":"bank","state":"done","attempts":1})"));
  EXPECT_THAT(body, HasSubstr(R"("state":"retrying","generation":1,"attempts":1,"tries":1)"));
  EXPECT_THAT(body, HasSubstr(R"("last_error":{"cause":"timed_out","detail":"it failed"})"));
  EXPECT_THAT(body, HasSubstr(R"("next_at":")"));
  EXPECT_THAT(body, Not(HasSubstr("outcome")));
}

TEST(saga_json, counts_the_attempts_that_were_sent) {
  core_bench bench(called_back);
  const auto id = bench.started();
  EXPECT_THAT(body_of(bench, id), AllOf(HasSubstr(R"("attempts":1,"tries":0)"), HasSubstr(R"("in_flight":true)")));
  bench.fail("work/action#1", ending::not_sent);
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("attempts":0,"tries":1)"));
  bench.calls().hold_new(true);
  bench.advance(100);
  EXPECT_THAT(body_of(bench, id), AllOf(HasSubstr(R"("attempts":0,"tries":1)"), HasSubstr(R"("held":")")));
  bench.calls().let_go();
  bench.calls().hold_new(false);
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("attempts":1,"tries":1)"));
  bench.fail("work/action#1", ending::timed_out);
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("attempts":1,"tries":2)")) << "the second is still to come";
  bench.advance(1'000);
  bench.accept("work/action#2");
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("state":"accepted","generation":1,"attempts":2,)"));
}

TEST(saga_json, counts_no_attempt_that_waits_for_the_exchange_before_it_to_end) {
  core_bench bench(called_back);
  const auto id = bench.started();
  const auto url = header_of(bench.calls().at("work/action#1").call.headers, "Saga-Callback");
  bench.call_back(*bench.signer().verify(std::string_view(url).substr(url.rfind('/') + 1)), engine::outcome::failed);
  bench.turn();
  ASSERT_TRUE(bench.calls().has("work/action#1"));
  EXPECT_THAT(body_of(bench, id), AllOf(HasSubstr(R"("attempts":1,"tries":1)"), HasSubstr(R"("in_flight":true)")));
}

TEST(saga_json, counts_the_attempts_of_what_was_left_in_doubt_and_undone) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.fail("left/action#1", ending::timed_out);
  bench.advance(1'000);
  bench.answer("right/action#1", 409, "{}", engine::outcome::rejected);
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"({"step":"left","participant":"bank","state":"open","attempts":2})"))
      << "the second is under way still";
  bench.fail("left/action#2", ending::timed_out);
  bench.answer("left/compensation#1", 200);
  EXPECT_THAT(
      body_of(bench, id),
      HasSubstr(R"({"step":"left","participant":"bank","state":"undone","attempts":2,"compensation_attempts":1})"));
}

TEST(saga_json, tells_which_steps_were_passed_over) {
  core_bench bench(R"(
steps:
  - {step: wrap, when: "${has(input.gift)}", participant: bank, action: {post: /a}, compensation: {post: /b}}
  - {step: send, participant: bank, action: {post: /a}, compensation: {post: /b}}
)");
  const auto id = bench.started();
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"({"step":"wrap","participant":"bank","state":"passed_over"},)"));
  EXPECT_EQ(bench.facts(id), "started|passed_over");
  bench.crash_and_recover();
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("state":"passed_over")"));
}

TEST(saga_json, says_why_a_saga_turned_back) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.answer("left/action#1", 409, "sold\r\nout", engine::outcome::rejected);
  EXPECT_THAT(body_of(bench, id),
              HasSubstr(R"("turned_back":{"cause":"rejected","step":"left","detail":"sold??out"})"));
  bench.fail("right/action#1", ending::not_sent);
  const auto body = body_of(bench, id);
  EXPECT_THAT(body, HasSubstr(R"("outcome":"compensated")"));
  EXPECT_THAT(body, HasSubstr(R"("state":"never_sent")"));
}

TEST(saga_json, names_the_effects_that_a_resolved_saga_leaves) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.answer("left/action#1", 200);
  auto order = core_bench::order(engine::command_name::resolve, "c");
  order.force = true;
  bench.command(id, order);
  bench.turn();
  EXPECT_THAT(
      body_of(bench, id),
      HasSubstr(R"("remaining_effects":[{"step":"left","certain":"yes"},{"step":"right","certain":"in doubt"}])"));
}

TEST(saga_json, says_of_what_a_resolved_saga_has_left_nothing_that_is_to_come) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.answer("left/action#1", 200);
  auto order = core_bench::order(engine::command_name::compensate, "c");
  order.force = true;
  bench.command(id, order);
  bench.turn();
  bench.fail("left/compensation#1", ending::cut);
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("next_at":)"));
  order = core_bench::order(engine::command_name::resolve, "d");
  order.force = true;
  bench.command(id, order);
  bench.turn();
  const auto body = body_of(bench, id);
  EXPECT_THAT(body, HasSubstr(R"("compensation":{"state":"left","generation":1,"attempts":1,"tries":1)"));
  EXPECT_THAT(body, Not(HasSubstr(R"("next_at":)")));
  EXPECT_THAT(body, Not(HasSubstr(R"("gives_up)")));
}

TEST(saga_json, shows_of_a_final_saga_what_it_never_came_to_and_what_is_in_doubt) {
  core_bench bench(R"(
steps:
  - {step: wrap, participant: bank, action: {post: /a}, compensation: {post: /b}}
  - {step: send, participant: bank, action: {post: /a}, compensation: {post: /b}}
)");
  const auto id = bench.started();
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("step":"wrap","participant":"bank","state":"open")"));
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("step":"send","participant":"bank","state":"waiting")"));
  auto order = core_bench::order(engine::command_name::resolve, "c");
  order.force = true;
  bench.command(id, order);
  bench.turn();
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("step":"wrap","participant":"bank","state":"in_doubt")"));
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("step":"send","participant":"bank","state":"not_run")"));
}

TEST(saga_json, shows_what_a_turn_by_force_leaves_in_doubt_while_the_rest_is_undone) {
  core_bench bench(R"(
steps:
  - {step: hold, participant: bank, action: {post: /a}, compensation: {post: /b}}
  - {step: pay, kind: pivot, participant: bank, action: {post: /a}, after: [hold]}
)");
  const auto id = bench.started();
  bench.answer("hold/action#1", 200);
  bench.fail("pay/action#1", ending::timed_out);
  auto order = core_bench::order(engine::command_name::compensate, "c");
  order.force = true;
  bench.command(id, order);
  bench.turn();
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("step":"pay","participant":"bank","state":"in_doubt")"));
}

TEST(saga_json, shows_the_output_of_a_completed_saga) {
  core_bench bench(std::string(pair) + "output: {told: \"${steps.left.response.word}\"}\n");
  const auto id = bench.started();
  bench.answer("left/action#1", 200, R"({"word":"yes"})");
  bench.answer("right/action#1", 200);
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("output":{"told":"yes"})"));
}

TEST(saga_json, says_why_there_is_no_output) {
  core_bench bench(std::string(pair) + "output: {told: \"${steps.left.response.word}\"}\n");
  const auto id = bench.started();
  bench.answer("left/action#1", 200);
  bench.answer("right/action#1", 200);
  const auto body = body_of(bench, id);
  EXPECT_THAT(body, HasSubstr(R"("output":null,"output_error":")"));
  EXPECT_THAT(body, HasSubstr(R"("outcome":"completed")"));
}

TEST(saga_json, tells_until_when_a_late_answer_is_awaited) {
  core_bench bench(called_back);
  const auto id = bench.started();
  bench.accept("work/action#1");
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("state":"accepted")"));
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("awaited_until":")"));
}

TEST(saga_json, tells_when_an_open_operation_is_given_up_and_what_then) {
  core_bench bench(pair);
  const auto id = bench.started();
  const auto until = [&](millis elapsed_ms) {
    return R"("gives_up_at":")" + records::timestamp(bench.clock.at + elapsed_ms) + '"';
  };
  EXPECT_THAT(body_of(bench, id), HasSubstr(until(20'000) + R"(,"tries_left":5,"gives_up_by":"turning_back")"));
  bench.fail("left/action#1", ending::timed_out);
  EXPECT_THAT(body_of(bench, id), HasSubstr(R"("tries_left":4)"));
  bench.command(id, core_bench::order(engine::command_name::pause, "c1"));
  bench.turn();
  EXPECT_THAT(body_of(bench, id), AllOf(Not(HasSubstr("gives_up_at")), HasSubstr(R"("tries_left":4)")));
  bench.advance(5'000);
  bench.command(id, core_bench::order(engine::command_name::resume, "c2"));
  bench.turn();
  EXPECT_THAT(body_of(bench, id), HasSubstr(until(20'000)));
}

TEST(saga_json, a_quarantined_saga_is_stuck_by_internal) {
  engine::saga saga;
  saga.id = saga_id::make(1, 2, 3);
  saga.definition = load_definition(pair);
  saga.seq = 1;
  const auto body = runtime::saga_as_json(saga, true, {});
  EXPECT_THAT(body, HasSubstr(R"("state":"stuck","stuck_by":"internal")"));
  EXPECT_FALSE(json::check(body));
}

}  // namespace
}  // namespace sagad::tests
