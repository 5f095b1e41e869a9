// Answers that come later: callbacks and polls.
#include "core_sagas.hpp"
#include "telemetry/log.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/core_probe.hpp"

#include <gmock/gmock.h>

namespace sagad::tests {
namespace {

using engine::outcome;
using runtime::late_standing;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

runtime::callback_target target_of(const core_bench& bench, const dispatch::call& call) {
  const auto url = header_of(call.headers, "Saga-Callback");
  const std::string prefix = "http://sagad.example/v1/callbacks/";
  EXPECT_EQ(url.substr(0, prefix.size()), prefix);
  const auto target = bench.signer().verify(std::string_view(url).substr(prefix.size()));
  if (!target) throw std::runtime_error("the callback's token is not one");
  return *target;
}

problem_code problem_of(const core_bench::told_late& told) {
  return std::get<problem>(told.all.at(0)).code;
}
bool recorded(const core_bench::told_late& told) {
  return std::get<late_standing>(told.all.at(0)) == late_standing::recorded;
}
bool stands_already(const core_bench::told_late& told) {
  return std::get<late_standing>(told.all.at(0)) == late_standing::stands_already;
}

TEST(core_late, a_callback_is_answered_once_it_is_durable_and_its_repeat_stands_already) {
  core_bench bench(called_back);
  const auto id = bench.started();
  const auto target = target_of(bench, bench.calls().at("work/action#1").call);
  bench.accept("work/action#1");
  bench.store().hold();
  auto& told = bench.call_back(target, outcome::done);
  bench.turn();
  EXPECT_FALSE(told.told());
  bench.store().release_all();
  bench.turn();
  EXPECT_TRUE(recorded(told));
  EXPECT_EQ(bench.state(id), "completed");
  auto& again = bench.call_back(target, outcome::done);
  EXPECT_TRUE(stands_already(again));
  EXPECT_EQ(problem_of(bench.call_back(target, outcome::rejected)), problem_code::outcome_stands);
  EXPECT_EQ(bench.core().counted().live, 0U);
}

TEST(core_late, nothing_is_kept_around_a_saga_that_only_waits_for_a_callback) {
  core_bench bench(called_back);
  const auto id = bench.started();
  const auto target = target_of(bench, bench.calls().at("work/action#1").call);
  EXPECT_TRUE(runtime::core_probe::active(bench.core(), id)) << "its call is open";
  bench.accept("work/action#1");
  EXPECT_FALSE(runtime::core_probe::active(bench.core(), id));
  auto& told = bench.get(id, bench.clock.at + 1000);
  EXPECT_TRUE(runtime::core_probe::active(bench.core(), id)) << "somebody waits for its end";
  bench.advance(1000);
  EXPECT_TRUE(told.told());
  EXPECT_FALSE(runtime::core_probe::active(bench.core(), id));
  auto& answered = bench.call_back(target, outcome::done);
  bench.turn();
  EXPECT_TRUE(recorded(answered));
  EXPECT_EQ(bench.state(id), "completed");
}

TEST(core_late, a_callback_before_the_202_settles_and_the_202_changes_nothing) {
  core_bench bench(called_back);
  const auto id = bench.started();
  const auto target = target_of(bench, bench.calls().at("work/action#1").call);
  bench.call_back(target, outcome::done);
  bench.turn();
  EXPECT_EQ(bench.facts(id), "started|done|finished");
  bench.accept("work/action#1");
  EXPECT_EQ(bench.facts(id), "started|done|finished");
  EXPECT_EQ(bench.core().counted().calls_open, 0U);
}

TEST(core_late, a_late_rejection_turns_the_saga_back) {
  core_bench bench(called_back);
  const auto id = bench.started();
  const auto target = target_of(bench, bench.calls().at("work/action#1").call);
  bench.accept("work/action#1");
  bench.call_back(target, outcome::rejected, R"({"detail":"no seat is left"})");
  bench.turn();
  EXPECT_EQ(bench.state(id), "compensated");
  EXPECT_THAT(bench.get(id).answer().body, HasSubstr("no seat is left"));
}

TEST(core_late, what_a_late_failure_says_is_why_the_saga_turns_back) {
  core_bench bench(called_back);
  const auto id = bench.started();
  for (const auto* attempt : {"work/action#1", "work/action#2", "work/action#3", "work/action#4"}) {
    if (!bench.calls().has(attempt)) break;
    const auto target = target_of(bench, bench.calls().at(attempt).call);
    bench.accept(attempt);
    bench.call_back(target, outcome::failed, R"({"detail":"the printer is on fire"})");
    bench.turn();
    bench.advance(60'000);
  }
  EXPECT_THAT(bench.get(id).answer().body, AllOf(HasSubstr("turned_back"), HasSubstr("the printer is on fire")));
}

TEST(core_late, an_answer_that_names_no_place_to_ask_says_so) {
  core_bench bench(polled);
  const auto id = bench.started();
  for (const auto* attempt : {"work/action#1", "work/action#2", "work/action#3", "work/action#4"}) {
    if (!bench.calls().has(attempt)) break;
    bench.answer(attempt, 202, "null");
    bench.advance(60'000);
  }
  EXPECT_THAT(bench.get(id).answer().body,
              AllOf(HasSubstr("turned_back"), HasSubstr("bank answered 202 without a Location")));
}

TEST(core_late, a_late_failure_is_an_attempt_that_ended_unknown) {
  core_bench bench(called_back);
  const auto id = bench.started();
  const auto target = target_of(bench, bench.calls().at("work/action#1").call);
  bench.accept("work/action#1");
  auto& told = bench.call_back(target, outcome::failed);
  bench.turn();
  EXPECT_TRUE(recorded(told));
  bench.advance(100);
  EXPECT_THAT(bench.calls().names(), ElementsAre("work/action#2"));
  EXPECT_EQ(bench.facts(id), "started|accepted|failed");
}

TEST(core_late, a_late_failure_does_not_end_an_attempt_of_which_nothing_was_sent) {
  core_bench bench(called_back);
  const auto id = bench.started();
  const auto target = target_of(bench, bench.calls().at("work/action#1").call);
  bench.fail("work/action#1", engine::ending::timed_out);
  bench.calls().hold_new(true);
  bench.advance(100);
  ASSERT_THAT(bench.calls().names(), ElementsAre("work/action#2"));
  auto& told = bench.call_back(target, outcome::failed);
  bench.turn();
  EXPECT_TRUE(stands_already(told));
  EXPECT_EQ(bench.facts(id), "started|failed");
  EXPECT_THAT(bench.calls().names(), ElementsAre("work/action#2"));
}

TEST(core_late, a_late_failure_that_comes_twice_ends_one_attempt) {
  core_bench bench(called_back);
  const auto id = bench.started();
  const auto target = target_of(bench, bench.calls().at("work/action#1").call);
  bench.call_back(target, outcome::failed);
  bench.turn();
  auto& again = bench.call_back(target, outcome::failed);
  bench.turn();
  EXPECT_TRUE(stands_already(again));
  EXPECT_EQ(bench.facts(id), "started|failed") << "the exchange of the first attempt is open still";
  bench.fail("work/action#1", engine::ending::timed_out);
  bench.advance(100);
  EXPECT_THAT(bench.calls().names(), ElementsAre("work/action#2"));
}

TEST(core_late, a_callback_that_nobody_waits_for_is_told_so) {
  core_bench bench(called_back);
  const auto id = bench.started();
  auto target = target_of(bench, bench.calls().at("work/action#1").call);
  target.generation = 2;
  EXPECT_EQ(problem_of(bench.call_back(target, outcome::done)), problem_code::no_longer_awaited);
  target.generation = 1;
  target.operation.step = 200;
  EXPECT_EQ(problem_of(bench.call_back(target, outcome::done)), problem_code::no_longer_awaited);
  target.saga = saga_id::make(1, 3, 1);
  EXPECT_EQ(problem_of(bench.call_back(target, outcome::done)), problem_code::no_longer_awaited);
  EXPECT_EQ(bench.facts(id), "started");
}

TEST(core_late, an_answer_that_does_not_come_in_time_ends_the_attempt) {
  core_bench bench(called_back);
  const auto id = bench.started();
  bench.accept("work/action#1");
  bench.advance(3'599'999);
  EXPECT_EQ(bench.facts(id), "started|accepted");
  bench.advance(1);
  EXPECT_NE(bench.facts(id).find("failed"), std::string::npos);
}

TEST(core_late, an_accepted_action_is_awaited_and_not_called_again_after_a_crash) {
  core_bench bench(called_back);
  const auto id = bench.started();
  const auto target = target_of(bench, bench.calls().at("work/action#1").call);
  bench.accept("work/action#1");
  bench.crash_and_recover();
  EXPECT_THAT(bench.calls().names(), IsEmpty());
  EXPECT_EQ(bench.facts(id), "started|accepted") << "nothing is lost: no record";
  bench.call_back(target, outcome::done);
  bench.turn();
  EXPECT_EQ(bench.state(id), "completed");
}

TEST(core_late, polls_come_after_the_least_interval_and_as_retry_after_asks_within_bounds) {
  core_bench bench(polled);
  bench.options.poll_min_ms = 500;
  bench.options.poll_max_ms = 4000;
  bench.remake();
  const auto id = bench.started();
  bench.accept("work/action#1", "/work/1?x=2");
  EXPECT_THAT(bench.calls().names(), IsEmpty());
  bench.advance(499);
  EXPECT_THAT(bench.calls().names(), IsEmpty());
  bench.advance(1);
  ASSERT_THAT(bench.calls().names(), ElementsAre("work/action#1"));
  EXPECT_TRUE(bench.calls().open().front().is_poll());
  EXPECT_EQ(bench.calls().open().front().call.target, "/work/1?x=2");
  const auto go_on = [&](std::optional<millis> retry_after_ms) {
    dispatch::answer answer;
    answer.tag = bench.calls().take("work/action#1").tag;
    answer.how = engine::ending::answered;
    answer.status = 202;
    answer.retry_after_ms = retry_after_ms;
    bench.core().answered(dispatch::answer(answer));
    bench.turn();
  };
  go_on(std::nullopt);
  bench.advance(500);
  ASSERT_EQ(bench.calls().names().size(), 1U);
  go_on(2000);
  bench.advance(1999);
  EXPECT_THAT(bench.calls().names(), IsEmpty());
  bench.advance(1);
  ASSERT_EQ(bench.calls().names().size(), 1U);
  go_on(1'000'000);
  bench.advance(3999);
  EXPECT_THAT(bench.calls().names(), IsEmpty());
  bench.advance(1);
  bench.answer("work/action#1", 200, R"({"r":1})");
  EXPECT_EQ(bench.state(id), "completed");
  EXPECT_EQ(bench.facts(id), "started|accepted|done|finished") << "polls are no records";
}

TEST(core_late, a_poll_goes_on_after_a_crash) {
  core_bench bench(polled);
  const auto id = bench.started();
  bench.accept("work/action#1", "/work/1");
  bench.crash_and_recover();
  bench.advance(1000);
  ASSERT_THAT(bench.calls().names(), ElementsAre("work/action#1"));
  EXPECT_TRUE(bench.calls().open().front().is_poll());
  bench.answer("work/action#1", 200);
  EXPECT_EQ(bench.state(id), "completed");
}

TEST(core_late, a_poll_that_is_answered_with_what_nobody_knows_is_told_and_goes_on) {
  core_bench bench(polled);
  const auto id = bench.started();
  bench.accept("work/action#1", "/work/1");
  const auto told_of = [&](int status, outcome said, const std::string& detail) {
    bench.advance(1000);
    dispatch::answer answer;
    answer.tag = bench.calls().take("work/action#1").tag;
    answer.how = engine::ending::answered;
    answer.status = status;
    answer.outcome = said;
    answer.detail = detail;
    log::flush();  // what was said before
    testing::internal::CaptureStderr();
    bench.core().answered(dispatch::answer(answer));
    bench.turn();
    log::flush();
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(told_of(202, outcome::absent, ""), "");
  EXPECT_EQ(told_of(202, outcome::in_progress, ""), "");
  EXPECT_EQ(told_of(500, outcome::absent, ""), "");
  EXPECT_THAT(
      told_of(200, outcome::unrecognized, "bank answered 200, but its Saga-Outcome is \"perhaps\""),
      HasSubstr("participant bank answered a poll for step work's action with 200 (misconfigured): bank answered "
                "200, but its Saga-Outcome is \"perhaps\"; check the definition or the participant"));
  EXPECT_THAT(told_of(500, outcome::done, ""), HasSubstr("contradicts its Saga-Outcome \"done\""));
  EXPECT_THAT(told_of(401, outcome::absent, "bank answered 401"), HasSubstr("with 401 (misconfigured)"));
  EXPECT_EQ(bench.facts(id), "started|accepted");
  bench.advance(1000);
  bench.answer("work/action#1", 200);
  EXPECT_EQ(bench.state(id), "completed");
}

TEST(core_late, a_poll_that_finds_nothing_ends_the_attempt) {
  core_bench bench(polled);
  const auto id = bench.started();
  bench.accept("work/action#1", "/work/1");
  bench.advance(1000);
  bench.answer("work/action#1", 404);
  EXPECT_EQ(bench.facts(id), "started|accepted|failed");
  bench.advance(100);
  EXPECT_THAT(bench.calls().names(), ElementsAre("work/action#2"));
}

TEST(core_late, that_nobody_waits_any_more_is_told_once_that_is_durable) {
  core_bench bench(called_back);
  const auto id = bench.started();
  const auto target = target_of(bench, bench.calls().at("work/action#1").call);
  bench.accept("work/action#1");
  bench.store().hold();
  bench.command(id, core_bench::order(engine::command_name::resolve, "c"));
  auto& told = bench.call_back(target, outcome::done);
  bench.turn();
  EXPECT_FALSE(told.told()) << "the saga is resolved in memory only: after a crash the answer would be awaited";
  bench.store().release_all();
  bench.turn();
  EXPECT_EQ(problem_of(told), problem_code::no_longer_awaited);
}

TEST(core_late, an_answer_to_another_owner_is_sent_again_and_not_given_up) {
  core_bench bench(called_back);
  const auto id = bench.started();
  const auto target = target_of(bench, bench.calls().at("work/action#1").call);
  bench.accept("work/action#1");
  bench.store().lose(id.partition());
  bench.command(id, core_bench::order(engine::command_name::pause, "c"));
  bench.turn();
  EXPECT_EQ(problem_of(bench.call_back(target, outcome::done)), problem_code::overloaded);
}

TEST(core_late, a_failure_of_a_call_that_is_held_costs_it_nothing) {
  core_bench bench(called_back);
  bench.calls().hold_new(true);
  bench.started();
  const auto target = target_of(bench, bench.calls().at("work/action#1").call);
  bench.call_back(target, outcome::failed);
  bench.turn();
  EXPECT_EQ(bench.calls().withdrawn(), 0U);
}

TEST(core_late, a_failure_lets_no_undo_begin_while_an_action_that_was_held_may_be_on_its_way) {
  core_bench bench(R"(
saga: side_by_side
steps:
  - step: late
    participant: bank
    after: []
    action: {post: /late, answer: {within: 1h, by: callback}, retry: {attempts: 1}}
    compensation: {post: /late/undo}
  - {step: other, participant: store, after: [], action: {post: /other}, compensation: {post: /other/undo}}
)");
  const auto id = bench.started();
  const auto target = target_of(bench, bench.calls().at("late/action#1").call);
  bench.accept("late/action#1");
  bench.calls().hold_new(true);
  bench.fail("other/action#1", engine::ending::cut);
  bench.turn();
  bench.advance(1000);
  ASSERT_TRUE(bench.calls().has("other/action#2"));
  bench.call_back(target, outcome::failed);
  bench.calls().let_go();  // before that is durable
  bench.calls().hold_new(false);
  bench.turn();
  EXPECT_EQ(bench.state(id), "compensating");
  EXPECT_TRUE(bench.calls().has("late/compensation#1"));
  EXPECT_FALSE(bench.calls().has("other/compensation#1"));
  bench.answer("other/action#2", 200);
  bench.turn();
  EXPECT_TRUE(bench.calls().has("other/compensation#1"));
}

}  // namespace
}  // namespace sagad::tests
