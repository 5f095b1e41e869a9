// Restarts: what was going on is asked again, and nothing that was told is lost.
#include "core_sagas.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/load_definition.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <optional>

namespace sagad::tests {
namespace {

using engine::command_name;
using engine::ending;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(core_recovery, what_was_in_flight_is_lost_and_called_again_with_the_next_number) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.answer("left/action#1", 200);
  bench.crash();
  bench.store().hold();
  bench.recover();
  EXPECT_THAT(bench.calls().names(), IsEmpty()) << "nobody is called before the recovery is durable";
  bench.store().release_all();
  bench.turn();
  EXPECT_THAT(bench.calls().names(), ElementsAre("right/action#2"));
  EXPECT_EQ(bench.facts(id), "started|done|recovered|lost");
  EXPECT_EQ(bench.core().counted().recovered, 1U);
}

TEST(core_recovery, lets_participants_be_approached_slowly_when_there_is_something_to_go_on_with) {
  core_bench bench(pair);
  bench.crash_and_recover();
  EXPECT_EQ(bench.calls().slow_starts(), 0U);
  bench.started();
  bench.started();
  bench.crash_and_recover();
  EXPECT_EQ(bench.calls().slow_starts(), 1U);
}

TEST(core_recovery, what_waits_for_its_next_attempt_is_lost_too_and_keeps_its_time) {
  core_bench bench(pair);
  bench.started();
  for (int round = 0; round < 3; ++round) {
    bench.fail("left/action#" + std::to_string(round + 1), ending::timed_out);
    if (round < 2) bench.advance(2000);
  }
  const auto next = bench.core().next_wake();
  ASSERT_GT(next, bench.clock.at);
  bench.crash_and_recover();
  EXPECT_THAT(bench.calls().names(), ElementsAre("right/action#2"));
  EXPECT_EQ(bench.core().next_wake(), next);
  bench.advance(2000);
  EXPECT_TRUE(bench.calls().has("left/action#5")) << "three ended, one was lost";
}

TEST(core_recovery, a_live_saga_that_cannot_be_read_is_tried_again_each_minute) {
  constexpr millis a_minute = 60'000;
  core_bench bench(pair);
  const auto id = bench.started();
  bench.crash();
  bench.store().fail_reads(true);
  bench.recover();
  EXPECT_THAT(bench.calls().names(), IsEmpty());
  for (int tried = 0; tried < 3; ++tried) {
    ASSERT_EQ(bench.core().next_wake(), bench.clock.at + a_minute);
    bench.advance(a_minute - 1);
    EXPECT_FALSE(bench.core().recovering()) << "a minute has not passed";
    bench.advance(1);
    ASSERT_TRUE(bench.core().recovering());
    bench.store().fail_reads(tried < 2);
    bench.core().recover_some(1);
    bench.turn();
    EXPECT_EQ(bench.calls().names().empty(), tried < 2);
  }
  EXPECT_THAT(bench.calls().names(), ElementsAre("left/action#2", "right/action#2"));
  EXPECT_EQ(bench.core().next_wake(), never) << "nothing is left that could not be read";
  EXPECT_EQ(bench.state(id), "running");
}

TEST(core_recovery, live_sagas_are_not_asked_for_one_by_one_while_the_journal_is_away_and_go_on_soon_after) {
  core_bench bench(pair);
  const auto one = bench.started();
  const auto other = bench.started();
  bench.crash();
  bench.store().be_away(true);
  log::flush();
  testing::internal::CaptureStderr();
  bench.recover();
  log::flush();
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, testing::HasSubstr("2 live sagas are loaded when the journal answers again"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  EXPECT_FALSE(bench.core().recovering());
  ASSERT_EQ(bench.core().next_wake(), bench.clock.at + 1000);
  bench.store().be_away(false);
  bench.advance(1000);
  ASSERT_TRUE(bench.core().recovering());
  bench.core().recover_some(2);
  bench.turn();
  EXPECT_THAT(bench.calls().names(), testing::SizeIs(4));
  EXPECT_EQ(bench.state(one), "running");
  EXPECT_EQ(bench.state(other), "running");
}

TEST(core_recovery, a_saga_in_whose_replay_the_process_died_twice_goes_on_by_itself_behind_the_others) {
  constexpr millis a_minute = 60'000;
  const temporary_folder folder;
  core_bench bench(pair);
  const auto held = bench.started();
  const auto good = bench.started();
  for (std::uint32_t death = 0; death < runtime::replay_guard::deaths_suspected; ++death) {
    runtime::replay_guard(folder.path("replaying")).begin(0, held);  // and it is killed there
  }
  runtime::replay_guard guard(folder.path("replaying"));
  bench.guard = &guard;
  bench.crash_and_recover();
  EXPECT_EQ(bench.state(good), "running");
  bench.answer("left/action#2", 200);
  bench.answer("right/action#2", 200);
  EXPECT_EQ(bench.state(good), "completed");
  EXPECT_EQ(bench.get(held).problem().code, problem_code::overloaded) << "it is not read for whoever asks either";
  bench.advance(a_minute - 1);
  EXPECT_FALSE(bench.core().recovering());
  bench.advance(1);
  ASSERT_TRUE(bench.core().recovering());
  bench.core().recover_some(1);
  bench.turn();
  EXPECT_THAT(bench.calls().names(), ElementsAre("left/action#2", "right/action#2"));
  EXPECT_EQ(bench.state(held), "running");
  EXPECT_EQ(bench.core().counted().quarantined, 0U);
  EXPECT_EQ(guard.standing_of(held), runtime::replay_guard::standing::good) << "it is held against it no more";
}

TEST(core_recovery, a_suspected_saga_that_is_asked_for_first_is_noted_while_it_is_read) {
  constexpr millis a_minute = 60'000;
  const temporary_folder folder;
  core_bench bench(pair);
  const auto held = bench.started();
  for (std::uint32_t death = 0; death < runtime::replay_guard::deaths_suspected; ++death) {
    runtime::replay_guard(folder.path("replaying")).begin(0, held);
  }
  runtime::replay_guard guard(folder.path("replaying"));
  bench.guard = &guard;
  bench.crash_and_recover();
  bench.clock.at += a_minute;
  EXPECT_EQ(bench.state(held), "running");
  EXPECT_EQ(guard.standing_of(held), runtime::replay_guard::standing::good);
}

TEST(core_recovery, a_saga_in_whose_replay_the_process_died_by_itself_stands_still_and_the_others_go_on) {
  const temporary_folder folder;
  core_bench bench(pair);
  const auto bad = bench.started();
  const auto good = bench.started();
  for (std::uint32_t death = 0; death < runtime::replay_guard::deaths_max; ++death) {
    runtime::replay_guard(folder.path("replaying")).begin(0, bad);  // and it ends there
  }
  runtime::replay_guard guard(folder.path("replaying"));
  bench.guard = &guard;
  bench.crash_and_recover();
  EXPECT_THAT(bench.calls().names(), ElementsAre("left/action#2", "right/action#2"));
  const auto told = bench.get(bad).answer();
  EXPECT_EQ(told.state, "stuck");
  EXPECT_THAT(told.body, HasSubstr(R"("stuck_by":"internal")"));
  EXPECT_EQ(bench.state(good), "running");
  EXPECT_EQ(bench.core().counted().quarantined, 1U);
  bench.answer("left/action#2", 200);
  bench.answer("right/action#2", 200);
  EXPECT_EQ(bench.state(good), "completed");
  EXPECT_EQ(bench.facts(bad), "started") << "its records stay as they are";
}

TEST(core_recovery, what_was_replayed_and_lived_is_held_against_nobody) {
  const temporary_folder folder;
  core_bench bench(pair);
  const auto id = bench.started();
  for (std::uint32_t life = 0; life <= runtime::replay_guard::deaths_max; ++life) {
    runtime::replay_guard guard(folder.path("replaying"));
    bench.guard = &guard;
    bench.crash_and_recover();
    EXPECT_EQ(bench.state(id), "running");
    bench.guard = nullptr;
    bench.crash();
  }
}

TEST(core_recovery, a_start_that_was_not_durable_never_was) {
  core_bench bench(pair);
  bench.store().hold();
  auto& told = bench.start("k");
  bench.turn();
  bench.crash_and_recover(0);
  EXPECT_FALSE(told.told());
  EXPECT_EQ(bench.core().counted().live, 0U);
  EXPECT_FALSE(bench.store().find_key("k", 0));
}

TEST(core_recovery, a_start_that_was_written_and_not_told_goes_on) {
  core_bench bench(pair);
  bench.store().hold();
  bench.start("k");
  bench.turn();
  bench.crash_and_recover(1);
  EXPECT_EQ(bench.core().counted().live, 1U);
  auto& again = bench.start("k");
  bench.turn();
  EXPECT_TRUE(std::get<runtime::key_taken>(again.all.at(0)).same_request);
  EXPECT_THAT(bench.calls().names(), ElementsAre("left/action#2", "right/action#2"));
}

TEST(core_recovery, a_saga_that_has_ended_is_not_loaded_and_is_still_told) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.answer("left/action#1", 200);
  bench.answer("right/action#1", 200);
  bench.crash_and_recover();
  EXPECT_EQ(bench.core().counted().live, 0U);
  EXPECT_EQ(bench.state(id), "completed");
  EXPECT_EQ(bench.core().counted().completed, 0U) << "it ended in the life before";
}

TEST(core_recovery, a_saga_that_is_asked_for_before_its_turn_is_loaded_once) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.crash();
  bench.core().begin_recovery(bench.store().live());
  auto& told = bench.get(id);
  bench.turn();
  EXPECT_EQ(told.answer().state, "running");
  bench.recover();
  EXPECT_EQ(bench.facts(id), "started|recovered|lost|lost");
  EXPECT_EQ(bench.core().counted().recovered, 1U);
}

TEST(core_recovery, a_drain_leaves_what_is_not_loaded_to_the_next_start) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.started();
  bench.crash();
  bench.core().begin_recovery(bench.store().live());
  bench.core().drain();
  EXPECT_FALSE(bench.core().recovering());
  EXPECT_FALSE(bench.core().recover_some(10));
  bench.turn();
  EXPECT_TRUE(bench.core().quiet());
  EXPECT_EQ(bench.facts(id), "started") << "nothing is recorded of it";
  bench.crash_and_recover();
  EXPECT_EQ(bench.core().counted().live, 2U);
}

TEST(core_recovery, a_saga_that_ends_before_its_turn_to_be_loaded_leaves_nothing) {
  core_bench bench(called_back);
  const auto id = bench.started();
  const auto url = header_of(bench.calls().at("work/action#1").call.headers, "Saga-Callback");
  const auto target = bench.signer().verify(std::string_view(url).substr(url.rfind('/') + 1));
  bench.accept("work/action#1");
  bench.crash();
  bench.core().begin_recovery(bench.store().live());
  bench.call_back(*target, engine::outcome::done);
  bench.turn();
  EXPECT_EQ(bench.core().counted().live, 0U);
  EXPECT_FALSE(bench.core().recover_some(10));
  bench.turn();
  EXPECT_EQ(bench.core().counted().live, 0U);
  EXPECT_EQ(bench.facts(id), "started|accepted|done|finished");
}

TEST(core_recovery, paused_and_blocked_sagas_stay_as_they_were) {
  core_bench bench(pair);
  const auto paused = bench.started();
  bench.command(paused, core_bench::order(command_name::pause, "c"));
  bench.turn();
  bench.crash_and_recover();
  EXPECT_EQ(bench.state(paused), "paused");
  EXPECT_THAT(bench.calls().names(), IsEmpty());
  bench.command(paused, core_bench::order(command_name::resume, "d"));
  bench.turn();
  EXPECT_THAT(bench.calls().names(), ElementsAre("left/action#2", "right/action#2"));
  auto& again = bench.command(paused, core_bench::order(command_name::pause, "c"));
  bench.turn();
  EXPECT_TRUE(again.answer().repeated) << "command ids outlive the process";
}

TEST(core_recovery, a_bare_rejection_after_a_restart_is_not_believed) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.answer("left/action#1", 200);
  bench.crash_and_recover();
  bench.answer("right/action#2", 409);
  EXPECT_EQ(bench.facts(id), "started|done|recovered|lost|failed");
}

TEST(core_recovery, records_that_do_not_fit_together_quarantine_that_saga_alone) {
  core_bench bench(pair);
  const auto good = bench.started();
  const auto bad = bench.started();
  auto appender = bench.store().make_appender([] {});
  journal::entry entry;
  entry.saga = bad;
  entry.seq = 2;
  entry.position = 1000;
  entry.epoch = bench.store().opened().epoch;
  entry.bytes = "nonsense";
  appender->append(entry);
  appender->submit(true);
  appender.reset();
  bench.crash_and_recover();
  EXPECT_EQ(bench.state(bad), "stuck");
  EXPECT_EQ(bench.state(good), "running");
  EXPECT_EQ(bench.core().counted().quarantined, 1U);
  auto& told = bench.command(bad, core_bench::order(command_name::retry, "c"));
  EXPECT_EQ(told.problem().code, problem_code::internal);
  EXPECT_EQ(bench.calls().total(), 2U);
  bench.core().audit(1000);
  EXPECT_EQ(bench.core().counted().audit_violations, 0U);
}

TEST(core_recovery, a_restart_in_the_middle_of_a_recovery_is_one_more_lost_attempt) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.crash_and_recover();
  bench.crash_and_recover();
  EXPECT_THAT(bench.calls().names(), ElementsAre("left/action#3", "right/action#3"));
  bench.answer("left/action#3", 200);
  bench.answer("right/action#3", 200);
  EXPECT_EQ(bench.state(id), "completed");
}

// As a later program wrote it.
definition::definition_ptr kept_by_another_program(core_bench& bench, std::string_view text) {
  const auto kept = bench.store().put_definition("later", R"({"later":true})");
  auto compiled = std::make_shared<definition::definition>(*load_definition(text));
  compiled->content = kept.content;
  return compiled;
}

saga_id started_by(core_bench& bench, const definition::definition_ptr& definition) {
  std::optional<saga_id> id;
  runtime::start_request request;
  request.definition = definition;
  request.input = "{}";
  request.key = "k";
  request.labels = R"({"region":"eu"})";
  bench.core().start(std::move(request),
                     [&id](runtime::start_result result) { id = std::get<runtime::saga_answer>(result).id; });
  bench.turn();
  return *id;
}

TEST(core_recovery, only_the_sagas_of_a_definition_that_does_not_compile_are_stuck) {
  core_bench bench(pair);
  const auto stuck = started_by(bench, kept_by_another_program(bench, pair));
  const auto other = bench.started();
  bench.crash_and_recover();
  EXPECT_EQ(bench.state(stuck), "stuck");
  EXPECT_EQ(bench.state(other), "running");
  EXPECT_EQ(bench.core().counted().quarantined, 1U);
  EXPECT_EQ(bench.calls().names().size(), 2U) << "the other one's";
  auto& told = bench.get(stuck);
  bench.turn();
  EXPECT_THAT(
      told.answer().body,
      HasSubstr(R"("state":"stuck","stuck_by":"internal","seq":1,"key":"k","labels":{"region":"eu"},"started":")"));
  EXPECT_THAT(told.answer().body, HasSubstr(R"("steps":[])"));
  auto& refused = bench.command(stuck, core_bench::order(command_name::pause, "c"));
  bench.turn();
  EXPECT_EQ(refused.problem().code, problem_code::internal);
  EXPECT_EQ(bench.facts(stuck), "started") << "its records are untouched";
}

TEST(core_recovery, an_outcome_stands_though_the_definition_does_not_compile_any_more) {
  core_bench bench(pair);
  const auto id = started_by(bench, kept_by_another_program(bench, pair));
  bench.answer("left/action#1", 200);
  bench.answer("right/action#1", 200);
  bench.turn();
  ASSERT_EQ(bench.state(id), "completed");
  bench.crash_and_recover();
  EXPECT_EQ(bench.state(id), "completed");
  auto& told = bench.get(id);
  bench.turn();
  EXPECT_THAT(told.answer().body, HasSubstr(R"("outcome":"completed")"));
}

}  // namespace
}  // namespace sagad::tests
