// Appends that did not simply become durable, and the auditor.
#include "core_sagas.hpp"
#include "telemetry/log.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/core_probe.hpp"

#include <gmock/gmock.h>

namespace sagad::tests {
namespace {

using engine::command_name;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

journal::memory::chooser once(std::uint32_t seq, journal::memory::verdict verdict) {
  return [seq, verdict, used = false](const journal::entry& entry) mutable -> std::optional<journal::memory::verdict> {
    if (used || entry.seq != seq) return std::nullopt;
    used = true;
    return verdict;
  };
}

class unknown_append : public testing::TestWithParam<bool> {};

TEST_P(unknown_append, is_made_again_at_the_same_position_and_then_acted_on) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.store().choose(once(2, {journal::result::unknown, GetParam()}));
  bench.store().hold();
  bench.answer("left/action#1", 200);
  bench.store().release(1);
  bench.turn();
  bench.answer("right/action#1", 200);  // decided once it is known where the saga stands
  EXPECT_EQ(bench.facts(id), GetParam() ? "started|done" : "started");
  bench.store().release_all();
  bench.turn();
  EXPECT_EQ(bench.facts(id), "started|done|done|finished");
  EXPECT_EQ(bench.core().counted().live, 0U);
  EXPECT_EQ(bench.core().counted().completed, 1U);
}

TEST_P(unknown_append, of_a_start_is_told_with_the_id_to_ask_for) {
  core_bench bench(pair);
  bench.store().choose(once(1, {journal::result::unknown, GetParam()}));
  bench.store().hold();
  auto& told = bench.start("k");
  bench.turn();
  bench.store().release(1);
  bench.turn();
  EXPECT_EQ(told.failure().problem.code, problem_code::durability_unknown);
  const auto id = told.failure().id.value();
  EXPECT_EQ(bench.calls().total(), 0U);
  bench.store().release_all();
  bench.turn();
  EXPECT_THAT(bench.calls().names(), ElementsAre("left/action#1", "right/action#1"));
  auto& again = bench.start("k");
  bench.turn();
  EXPECT_EQ(std::get<runtime::key_taken>(again.all.at(0)).held_by, id);
}

TEST_P(unknown_append, stops_its_partition_and_no_other) {
  core_bench bench(pair);
  std::vector<saga_id> sagas;
  for (int number = 0; number < 4; ++number) sagas.push_back(bench.started());
  ASSERT_EQ(sagas[0].partition(), sagas[2].partition());
  ASSERT_NE(sagas[0].partition(), sagas[1].partition());
  bench.store().hold();
  bench.store().choose(once(2, {journal::result::unknown, GetParam()}));
  bench.command(sagas[0], core_bench::order(command_name::pause, "a"));
  bench.turn();
  bench.store().release(1);
  bench.turn();
  EXPECT_EQ(bench.command(sagas[2], core_bench::order(command_name::pause, "b")).problem().code,
            problem_code::overloaded);
  EXPECT_EQ(bench.get(saga_id::make(1, sagas[0].partition(), 9)).problem().code, problem_code::overloaded);
  for (int number = 0; number < 3; ++number) bench.start();
  bench.turn();
  EXPECT_EQ(bench.store().held(), 4U) << "the pause again, and three starts in the other partition";
  bench.store().release_all();
  bench.turn();
  EXPECT_EQ(bench.state(sagas[0]), "paused");
  EXPECT_FALSE(bench.command(sagas[2], core_bench::order(command_name::pause, "b")).told());
  bench.turn();
  EXPECT_EQ(bench.state(sagas[2]), "paused");
}

TEST(core_faults, a_lost_partition_is_called_for_no_more_at_once) {
  core_bench bench(pair);
  bench.options.partitions = {5};
  bench.remake();
  bench.calls().hold_new(true);
  bench.started();
  bench.store().hold();
  bench.store().choose([](const journal::entry&) { return journal::memory::verdict{journal::result::not_owner}; });
  bench.start("another");
  bench.turn();
  bench.answer("left/action#1", 200);
  bench.turn();
  ASSERT_THAT(bench.calls().names(), ElementsAre("right/action#1"));
  ASSERT_EQ(bench.store().held(), 2U);
  bench.store().release(1);
  bench.turn();
  EXPECT_THAT(bench.calls().names(), IsEmpty()) << "although what its saga has recorded is still to be refused";
  bench.store().release_all();
  bench.turn();
  EXPECT_EQ(bench.core().counted().live, 0U);
}

TEST_P(unknown_append, lets_time_pass_without_a_decision_in_its_partition) {
  core_bench bench(chain);
  bench.options.partitions = {5};
  bench.remake();
  auto& first = bench.start("a", 0, R"({"account":"ann"})");
  auto& second = bench.start("b", 0, R"({"account":"ann"})");
  bench.turn();
  bench.answer("hold/action#1", 200);
  bench.store().hold();
  bench.store().choose(once(3, {journal::result::unknown, GetParam()}));
  bench.answer("pay/action#1", 200);
  bench.store().release(1);
  bench.turn();
  const auto waiting = bench.store().held();
  bench.advance(40'000);  // past the second one's deadline
  EXPECT_EQ(bench.store().held(), waiting);
  bench.store().release_all();
  bench.turn();
  bench.advance(1);
  EXPECT_EQ(bench.state(second.answer().id), "compensating");
  EXPECT_EQ(bench.state(first.answer().id), "running");
}

TEST_P(unknown_append, of_several_records_in_flight_keeps_their_order) {
  core_bench bench(pair);
  bench.options.partitions = {5};
  bench.remake();
  const auto one = bench.started();
  const auto two = bench.started();
  bench.store().hold();
  bench.store().choose(once(2, {journal::result::unknown, GetParam()}));
  bench.command(one, core_bench::order(command_name::pause, "a"));
  bench.turn();
  bench.command(two, core_bench::order(command_name::pause, "b"));
  bench.turn();
  bench.command(one, core_bench::order(command_name::resume, "c"));
  bench.turn();
  bench.store().release(1);
  bench.turn();
  for (int step = 0; step < 20; ++step) {
    bench.store().release(1);
    bench.turn();
  }
  EXPECT_EQ(bench.facts(one), "started|commanded|commanded");
  EXPECT_EQ(bench.state(two), "paused");
  EXPECT_EQ(bench.state(one), "running");
}

INSTANTIATE_TEST_SUITE_P(core_faults, unknown_append, testing::Bool(),
                         [](const auto& made) { return made.param ? "written" : "not_written"; });

TEST(core_faults, a_lost_partition_is_dropped_with_its_calls_and_waiters_and_nothing_more_is_done_for_it) {
  core_bench bench(pair);
  const auto kept = bench.started();
  const auto lost = bench.started();
  ASSERT_NE(kept.partition(), lost.partition());
  auto& waits = bench.get(lost, bench.clock.at + 60'000);
  bench.store().lose(lost.partition());
  bench.command(lost, core_bench::order(command_name::pause, "c"));
  bench.turn();
  EXPECT_EQ(waits.problem().code, problem_code::overloaded);
  EXPECT_EQ(bench.core().counted().live, 1U);
  EXPECT_EQ(bench.core().counted().waiting, 0U);
  EXPECT_EQ(bench.get(lost).problem().code, problem_code::overloaded);
  EXPECT_EQ(bench.command(lost, core_bench::order(command_name::pause, "d")).problem().code, problem_code::overloaded);
  EXPECT_EQ(bench.state(kept), "running");
  for (int number = 0; number < 3; ++number) EXPECT_EQ(bench.started().partition(), kept.partition());
  const auto open = bench.core().counted().calls_open;
  dispatch::answer answer;
  answer.how = engine::ending::answered;
  answer.status = 200;
  for (const auto& one : std::vector(bench.calls().open())) {
    if (header_of(one.call.headers, "Saga-Id") != lost.text()) continue;
    answer.tag = one.call.tag;
    bench.core().answered(dispatch::answer(answer));
  }
  EXPECT_EQ(bench.core().counted().calls_open, open - 2);
}

TEST(core_faults, a_core_without_a_partition_refuses_starts) {
  core_bench bench(pair);
  bench.options.partitions = {5};
  bench.remake();
  const auto id = bench.started();
  bench.store().lose(5);
  bench.command(id, core_bench::order(command_name::pause, "c"));
  bench.turn();
  EXPECT_EQ(bench.start().failure().problem.code, problem_code::overloaded);
}

TEST(core_faults, the_auditor_finds_a_saga_whose_timer_is_gone_and_looks_at_it_again) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.fail("left/action#1", engine::ending::timed_out);
  bench.fail("right/action#1", engine::ending::timed_out);
  bench.core().audit(1000);
  EXPECT_EQ(bench.core().counted().audit_violations, 0U) << "both wait for their next attempt";
  runtime::core_probe::forget_timer(bench.core(), id);
  EXPECT_EQ(bench.core().next_wake(), never);
  bench.core().audit(1000);
  EXPECT_EQ(bench.core().counted().audit_violations, 1U);
  bench.advance(100);
  EXPECT_THAT(bench.calls().names(), ElementsAre("left/action#2", "right/action#2"));
}

TEST(core_faults, the_auditor_looks_at_each_saga_once_a_second) {
  core_bench bench(pair);
  constexpr std::uint64_t sagas = 2'000;
  for (std::uint64_t number = 0; number < sagas; ++number) bench.started();
  const auto before = bench.core().counted().audited;
  constexpr int seconds = 5;
  for (int times = 0; times < 100 * seconds; ++times) bench.core().audit_since(10);
  const auto looks = bench.core().counted().audited - before;
  EXPECT_GE(looks, (seconds - 1) * sagas);
  EXPECT_LE(looks, (seconds + 1) * sagas);
}

TEST(core_faults, the_auditors_rounds_count_sagas_by_state) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.started();
  bench.command(id, core_bench::order(command_name::pause, "c"));
  bench.turn();
  for (int round = 0; round < 2; ++round) bench.core().audit(100'000);
  EXPECT_EQ(bench.core().counted().paused, 1U);
  EXPECT_EQ(bench.core().counted().stuck, 0U);
  EXPECT_EQ(bench.core().counted().live, 2U);
}

TEST(core_faults, a_request_that_is_not_the_one_recorded_is_not_sent_and_blocks) {
  core_bench bench(chain);
  auto& told = bench.start({}, 0, R"({"account":"ann"})");
  bench.turn();
  const auto id = told.answer().id;
  // The same saga, its request's digest another one: as if the program rendered other bytes today.
  std::vector<std::string> bytes;
  for (const auto& stored : bench.store().read(id)) bytes.push_back(stored.bytes);
  ASSERT_EQ(bytes.size(), 1U);
  bytes[0].back() = static_cast<char>(bytes[0].back() ^ 1);
  const auto twin = saga_id::make(5, 3, 99);
  auto appender = bench.store().make_appender([] {});
  journal::entry entry;
  entry.saga = twin;
  entry.seq = 1;
  entry.position = 500;
  entry.epoch = bench.store().opened().epoch;
  entry.bytes = bytes[0];
  appender->append(entry);
  appender->submit(true);
  appender.reset();
  bench.crash_and_recover();
  EXPECT_EQ(bench.state(twin), "stuck");
  EXPECT_THAT(bench.calls().names(), ElementsAre("hold/action#2")) << "of the other saga";
  EXPECT_EQ(bench.facts(twin), "started|recovered|lost|blocked");
  auto edit = core_bench::order(command_name::edit, "c", "hold");
  edit.body = R"({"account":"bob"})";
  bench.command(twin, edit);
  bench.turn();
  EXPECT_EQ(bench.calls().open().back().call.body, R"({"account":"bob"})");
  EXPECT_EQ(header_of(bench.calls().open().back().call.headers, "Saga-Generation"), "2");
}

constexpr std::string_view impatient = R"(
saga: impatient
alert_after: 10s
steps:
  - {step: left, kind: retriable, participant: bank, after: [], action: {post: /left, timeout: 5s, retry: {delay: 20s}}}
  - {step: right, kind: retriable, participant: store, after: [], action: {post: /right, answer: {within: 1h, by: callback}}}
)";

// What was logged while `act` ran, and the auditor's next round.
template <typename Act>
std::string logged(core_bench& bench, Act act) {
  log::flush();  // what was said before
  testing::internal::CaptureStderr();
  act();
  for (int round = 0; round < 2; ++round) bench.core().audit(100'000);
  log::flush();
  return testing::internal::GetCapturedStderr();
}

TEST(core_faults, an_operation_that_takes_longer_than_alert_after_is_told_once) {
  core_bench bench(impatient);
  bench.started();
  bench.accept("right/action#1");
  EXPECT_EQ(logged(bench, [&] { bench.advance(9'999); }), "");
  EXPECT_EQ(bench.core().counted().overdue, 0U);
  const auto told = logged(bench, [&] { bench.advance(1); });
  EXPECT_THAT(told, HasSubstr("left's action at bank is not done 10 s after it was released"));
  EXPECT_THAT(told, Not(HasSubstr("right"))) << "what is accepted waits as declared";
  EXPECT_EQ(bench.core().counted().overdue, 1U);
  EXPECT_EQ(logged(bench, [&] { bench.advance(1'000); }), "") << "once";
  logged(bench, [&] { bench.answer("left/action#1", 200); });
  EXPECT_EQ(bench.core().counted().overdue, 0U);
}

}  // namespace
}  // namespace sagad::tests
