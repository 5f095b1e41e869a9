// Partitions that come and go while the process lives, where several nodes share the journal.
#include "core_sagas.hpp"
#include "records/codec.hpp"
#include "telemetry/log.hpp"
#include "tests/support/load_definition.hpp"
#include "tests/support/node_bench.hpp"

#include <algorithm>

#include <gmock/gmock.h>

namespace sagad::tests {
namespace {

using engine::command_name;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class shared_partitions : public testing::Test {
 protected:
  void pass(millis by) { clock.at += by; }
  /// Until the lease of who does nothing is over for everybody.
  void let_leases_end() { pass(4000); }

  manual_clock clock;
  definition::definition_ptr definition = load_definition(pair);
  journal::memory::cluster all{{.partitions = 4}, [this] { return clock.now(); }};
  node_bench one{all, "one", clock, definition};
};

TEST_F(shared_partitions, none_is_there_at_first_and_no_start_is_taken) {
  auto& told = one.start();
  EXPECT_EQ(std::get<runtime::failed_start>(told.all.at(0)).problem.code, problem_code::overloaded);
  one.work();
  EXPECT_THAT(one.taken_ones, ElementsAre(0, 1, 2, 3));
  one.started();
  EXPECT_THAT(one.calls().names(), ElementsAre("left/action#1", "right/action#1"));
}

TEST_F(shared_partitions, are_taken_from_who_died_and_what_was_under_way_is_asked_again) {
  one.work();
  const auto id = one.started();
  one.answer("left/action#1", 200);
  one.die();
  node_bench two(all, "two", clock, definition);
  two.work();
  EXPECT_THAT(two.taken_ones, IsEmpty()) << "the lease is not over";
  let_leases_end();
  two.work();
  EXPECT_THAT(two.taken_ones, SizeIs(4));
  EXPECT_THAT(two.calls().names(), ElementsAre("right/action#2"));
  EXPECT_EQ(two.facts(id), "started|done|recovered|lost");
  two.answer("right/action#2", 200);
  EXPECT_EQ(two.get(id).text(), "completed");
}

TEST_F(shared_partitions, are_not_counted_any_more_once_their_lease_is_over) {
  one.work();
  EXPECT_EQ(one.core().counted().partitions, 4U);
  let_leases_end();
  EXPECT_EQ(one.core().counted().partitions, 0U);
  one.work();
  EXPECT_EQ(one.core().counted().partitions, 4U);
}

TEST_F(shared_partitions, with_live_sagas_let_participants_be_approached_slowly) {
  one.work();
  EXPECT_EQ(one.calls().slow_starts(), 0U) << "there is nothing to go on with";
  one.started();
  one.die();
  let_leases_end();
  node_bench two(all, "two", clock, definition);
  two.work();
  EXPECT_EQ(two.calls().slow_starts(), 1U);
}

TEST_F(shared_partitions, calls_name_the_epoch_of_their_own_partition) {
  one.work();
  one.started();
  EXPECT_EQ(header_of(one.calls().at("left/action#1").call.headers, "Saga-Epoch"), "1");
  all.expire("one");
  node_bench two(all, "two", clock, definition);
  two.work();
  EXPECT_THAT(two.taken_ones, ElementsAre(0, 1)) << "its share";
  two.started();
  EXPECT_EQ(header_of(two.calls().at("left/action#1").call.headers, "Saga-Epoch"), "2");
}

TEST_F(shared_partitions, nothing_is_called_while_another_may_have_them) {
  one.work();
  auto& told = one.start("k");
  let_leases_end();
  one.turn();
  EXPECT_EQ(one.calls().total(), 0U);
  const auto& failure = std::get<runtime::failed_start>(told.all.at(0));
  EXPECT_EQ(failure.problem.code, problem_code::overloaded);
  one.core().audit(1000);
  EXPECT_EQ(one.core().counted().audit_violations, 0U) << "it is looked at again";
  EXPECT_LT(one.core().next_wake(), never);
  one.work();  // nobody was there: it has them still
  clock.at = one.core().next_wake();
  one.on_time();
  EXPECT_THAT(one.calls().names(), ElementsAre("left/action#1", "right/action#1"));
  EXPECT_EQ(one.facts(failure.id.value()), "started");
}

TEST_F(shared_partitions, are_looked_at_when_a_participant_has_heard_of_another_owner) {
  one.work();
  one.started();
  one.answer("left/action#1", 500);
  EXPECT_EQ(one.store().looks_wanted(), 0U);
  one.answer("right/action#1", 412, engine::outcome::stale);
  EXPECT_EQ(one.store().looks_wanted(), 1U);
}

TEST_F(shared_partitions, in_which_a_participant_is_missing_tell_at_which_node_it_is) {
  one.work();
  one.calls().forget("bank");
  const auto id = one.started();
  EXPECT_EQ(one.get(id).text(), "stuck");
  const auto told = std::get<runtime::saga_answer>(one.get(id).all.at(0)).body;
  EXPECT_THAT(told,
              HasSubstr("participant `bank` is not configured at the node that was to call it: one, at http://one\""));
}

TEST_F(shared_partitions, nothing_is_started_while_another_may_have_them) {
  one.work();
  let_leases_end();
  const auto& told = one.start("k");
  const auto& failure = std::get<runtime::failed_start>(told.all.at(0));
  EXPECT_EQ(failure.problem.code, problem_code::overloaded);
  EXPECT_EQ(failure.id, std::nullopt) << "nothing was appended";
  one.work();
  one.started();
}

TEST_F(shared_partitions, whoever_waits_for_a_journal_that_does_not_answer_is_told_so_when_the_lease_is_over) {
  one.work();
  one.store().entries().hold();
  const auto& told = one.start("k");
  one.turn();
  one.core().audit(1000);
  EXPECT_THAT(told.all, IsEmpty());
  let_leases_end();
  one.core().audit(1000);
  ASSERT_THAT(told.all, SizeIs(1));
  const auto& failure = std::get<runtime::failed_start>(told.all.at(0));
  EXPECT_EQ(failure.problem.code, problem_code::durability_unknown);
  EXPECT_TRUE(failure.id.has_value()) << "by which one may ask";
  one.core().audit(1000);
  EXPECT_THAT(told.all, SizeIs(1));
}

TEST_F(shared_partitions, what_was_kept_back_at_its_first_byte_goes_out_later_and_spends_nothing) {
  one.work();
  const auto id = one.started();
  const auto may_go = one.calls().at("left/action#1").call.may_go;
  EXPECT_TRUE(may_go());
  let_leases_end();
  EXPECT_FALSE(may_go());
  one.withhold("left/action#1");
  EXPECT_THAT(one.calls().names(), ElementsAre("right/action#1"));
  one.work();
  clock.at = one.core().next_wake();
  one.on_time();
  EXPECT_THAT(one.calls().names(), ElementsAre("left/action#1", "right/action#1"));
  EXPECT_EQ(one.facts(id), "started");
}

TEST_F(shared_partitions, nobody_is_told_where_a_saga_is_while_another_may_have_moved_it) {
  one.work();
  const auto id = one.started();
  EXPECT_TRUE(one.core().serves(id.partition()));
  auto& waits = one.get(id, 4500);
  let_leases_end();
  EXPECT_FALSE(one.core().serves(id.partition()));
  EXPECT_EQ(one.get(id).text(), "problem overloaded");
  pass(1000);
  one.on_time();
  EXPECT_EQ(waits.text(), "");
  ASSERT_THAT(one.moved, SizeIs(1)) << "its records tell";
  EXPECT_EQ(one.moved[0].id, id);
  EXPECT_EQ(one.moved[0].patience_ms, 0);
  EXPECT_EQ(one.core().counted().waiting, 0U);
  one.moved_max = 1;
  one.work();  // nobody was there: it has them still
  auto& others = one.get(id, 4500);
  pass(4500);
  one.on_time();
  EXPECT_EQ(others.text(), "problem overloaded") << "for whom there is no place";
}

TEST_F(shared_partitions, that_are_lost_take_their_sagas_along) {
  one.work();
  const auto id = one.started();
  auto& waits = one.get(id, 60'000);
  let_leases_end();
  node_bench two(all, "two", clock, definition);
  two.work();
  ASSERT_THAT(two.taken_ones, SizeIs(4)) << "who was silent for a lease does not count";
  one.work();
  EXPECT_EQ(one.core().counted().live, 0U);
  EXPECT_EQ(waits.text(), "") << "he looks on";
  EXPECT_EQ(one.get(id).text(), "problem overloaded");
  EXPECT_FALSE(one.core().serves(id.partition()));
}

TEST_F(shared_partitions, that_are_lost_or_given_back_together_are_told_of_in_one_line) {
  one.work();
  let_leases_end();
  node_bench two(all, "two", clock, definition);
  two.work();
  two.store().leave();
  log::flush();  // what those before have said
  testing::internal::CaptureStderr();
  one.work();
  one.turn();
  two.work();
  two.turn();
  log::flush();
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("4 partitions, 0, 1, 2, 3, have another owner"));
  EXPECT_THAT(said, HasSubstr("4 partitions, 0, 1, 2, 3, are given back"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 2) << said;
}

TEST_F(shared_partitions, that_are_lost_let_whoever_waits_for_an_end_look_on_for_as_long_as_he_would_have_waited) {
  one.work();
  auto gone = std::make_shared<std::atomic<bool>>(false);
  auto& starter = one.start({}, 30'000);
  one.turn();
  const auto id = *saga_id::parse(header_of(one.calls().at("left/action#1").call.headers, "Saga-Id"));
  auto& waits = one.get(id, 60'000, gone);
  let_leases_end();
  node_bench two(all, "two", clock, definition);
  two.work();
  one.work();
  ASSERT_THAT(one.moved, SizeIs(2));
  for (const auto& who : one.moved) EXPECT_EQ(who.id, id);
  EXPECT_EQ(one.moved[0].patience_ms, 26'000);
  EXPECT_EQ(one.moved[1].patience_ms, 56'000);
  EXPECT_EQ(one.moved[1].client_gone, gone);
  EXPECT_EQ(one.core().counted().waiting, 0U);
  pass(60'000);
  one.on_time();
  one.core().tell_where_it_is();
  EXPECT_THAT(starter.all, IsEmpty()) << "whoever took him over tells him, and nobody else";
  EXPECT_EQ(waits.text(), "");
  runtime::saga_answer end;
  end.id = id;
  end.state = "completed";
  for (auto& who : one.moved) who.tell(end);
  EXPECT_EQ(std::get<runtime::saga_answer>(starter.all.at(0)).state, "completed");
  EXPECT_EQ(waits.text(), "completed");
}

TEST_F(shared_partitions, that_are_lost_tell_who_has_no_place_to_look_on_to_ask_again) {
  one.work();
  one.moved_max = 1;
  const auto id = one.started();
  auto& first = one.get(id, 60'000);
  auto& second = one.get(id, 60'000);
  let_leases_end();
  node_bench two(all, "two", clock, definition);
  two.work();
  one.work();
  EXPECT_THAT(one.moved, SizeIs(1));
  EXPECT_EQ(first.text(), "");
  EXPECT_EQ(second.text(), "problem overloaded");
}

TEST_F(shared_partitions, that_are_lost_tell_whose_start_may_not_be_written_to_ask_again) {
  one.work();
  one.store().entries().hold();
  const auto& told = one.start("k", 60'000);
  one.turn();
  let_leases_end();
  node_bench two(all, "two", clock, definition);
  two.work();
  one.work();
  EXPECT_THAT(one.moved, IsEmpty()) << "there may be no records to look at";
  ASSERT_THAT(told.all, SizeIs(1));
  const auto& failure = std::get<runtime::failed_start>(told.all[0]);
  EXPECT_EQ(failure.problem.code, problem_code::overloaded);
  EXPECT_TRUE(failure.id.has_value());
  one.store().entries().release_all();
  one.turn();
  EXPECT_THAT(told.all, SizeIs(1));
}

TEST_F(shared_partitions, can_be_lost_and_taken_again_while_what_the_first_time_wrote_is_still_refused) {
  one.work();
  const auto id = one.started();
  one.store().entries().hold();
  one.answer("left/action#1", 200);
  let_leases_end();
  node_bench two(all, "two", clock, definition);
  two.work();
  EXPECT_THAT(two.calls().names(), ElementsAre("left/action#2", "right/action#2"));
  two.die();
  let_leases_end();
  one.work();  // lost, and taken again
  EXPECT_EQ(one.facts(id), "started|recovered|lost|lost");
  one.store().entries().release_all();
  one.turn();
  EXPECT_EQ(one.facts(id), "started|recovered|lost|lost|recovered|lost|lost") << "what was decided before is refused";
  EXPECT_THAT(one.calls().names(), testing::IsSupersetOf({"left/action#3", "right/action#3"}));
  one.answer("left/action#3", 200);
  one.answer("right/action#3", 200);
  EXPECT_EQ(one.get(id).text(), "completed");
  EXPECT_EQ(one.core().counted().live, 0U);
}

TEST_F(shared_partitions, what_is_of_the_old_tenure_does_not_go_out_under_the_trust_in_the_new_one) {
  one.work();
  const auto id = one.started();
  one.fail("left/action#1");
  one.calls().hold_new(true);
  let_leases_end();
  node_bench two(all, "two", clock, definition);
  two.work();
  two.die();
  let_leases_end();
  one.keeps_to_itself = true;  // its listener has not acted yet
  one.store().work();
  ASSERT_TRUE(one.store().owns(id.partition(), 3));
  clock.at = std::max(clock.at, one.core().next_wake());
  one.on_time();
  EXPECT_THAT(one.calls().names(), ElementsAre("right/action#1"));
  EXPECT_FALSE(one.calls().at("right/action#1").call.may_go());
}

TEST_F(shared_partitions, an_unknown_append_of_a_tenure_that_is_over_is_not_made_again) {
  one.work();
  const auto id = one.started();
  one.store().entries().hold();
  one.store().entries().inject(id, 2, {journal::result::unknown, false});
  one.answer("left/action#1", 200);
  let_leases_end();
  one.work();  // nobody has come: they are still its own
  node_bench two(all, "two", clock, definition);
  all.expire("one");
  two.work();
  ASSERT_THAT(two.taken_ones, testing::Contains(id.partition()));
  one.work();
  one.store().entries().release_all();
  one.turn();
  EXPECT_EQ(one.core().counted().live, 0U);
  EXPECT_EQ(one.facts(id), "started|recovered|lost|lost");
}

TEST_F(shared_partitions, are_handed_over_when_nothing_of_them_is_open) {
  one.work();
  const auto id = one.started();
  node_bench two(all, "two", clock, definition);
  two.work();
  all.move(id.partition());
  one.work();
  EXPECT_THAT(one.given_back, testing::Not(testing::Contains(id.partition()))) << "it waits for its calls";
  EXPECT_FALSE(one.core().serves(id.partition()));
  one.answer("left/action#1", 200);
  EXPECT_EQ(one.facts(id), "started|done") << "what comes in time is recorded";
  one.answer("right/action#1", 503);
  EXPECT_THAT(one.given_back, testing::Contains(id.partition()));
  EXPECT_EQ(one.core().counted().live, 0U);
  two.work();
  EXPECT_EQ(two.core().counted().live, 1U);
  EXPECT_EQ(two.get(id).text(), "running");
}

TEST_F(shared_partitions, are_handed_over_in_the_end_whatever_is_open) {
  one.work();
  const auto id = one.started();
  one.moved_max = 1;
  auto& waits = one.get(id, 60'000);
  auto& last = one.get(id, 60'000);
  node_bench two(all, "two", clock, definition);
  two.work();
  all.move(id.partition());
  one.work();
  EXPECT_EQ(one.core().next_wake(), clock.now() + one.hand_over_ms);
  pass(one.hand_over_ms);
  one.store().work();
  one.on_time();
  EXPECT_THAT(one.given_back, testing::Contains(id.partition()));
  ASSERT_THAT(one.moved, SizeIs(1));
  EXPECT_EQ(one.moved[0].patience_ms, 60'000 - one.hand_over_ms);
  EXPECT_EQ(waits.text(), "");
  EXPECT_EQ(last.text(), "running") << "where it is until it is given back";
  one.answer("left/action#1", 200);
  EXPECT_EQ(one.facts(id), "started") << "what comes later finds nobody";
  two.work();
  EXPECT_THAT(two.calls().names(), ElementsAre("left/action#2", "right/action#2"));
}

TEST_F(shared_partitions, are_not_given_back_before_what_was_appended_is_durable) {
  one.work();
  const auto id = one.started();
  one.store().entries().hold();
  one.answer("left/action#1", 200);
  one.answer("right/action#1", 503);
  all.move(id.partition());
  one.work();
  EXPECT_EQ(one.store().entries().held(), 2U);
  pass(one.hand_over_ms);
  one.on_time();
  EXPECT_THAT(one.given_back, testing::Not(testing::Contains(id.partition())));
  one.store().entries().release_all();
  one.turn();
  EXPECT_THAT(one.given_back, testing::Contains(id.partition()));
}

TEST_F(shared_partitions, that_are_handed_over_take_no_command_and_load_nothing) {
  one.work();
  const auto id = one.started();
  all.move(id.partition());
  one.work();
  EXPECT_EQ(one.command(id, core_bench::order(command_name::pause, "c1")).text(), "problem overloaded");
  auto other = id;
  other.bytes[15] ^= 1U;
  EXPECT_EQ(one.get(other).text(), "problem overloaded");
  EXPECT_EQ(one.facts(id), "started");
}

TEST_F(shared_partitions, are_all_handed_over_by_who_leaves) {
  one.work();
  one.core().drain();
  EXPECT_FALSE(one.core().quiet());
  one.store().leave();
  one.work();
  EXPECT_THAT(one.given_back, SizeIs(4));
  EXPECT_TRUE(one.core().quiet());
}

TEST_F(shared_partitions, records_are_never_dated_before_their_partitions_last) {
  one.work();
  const auto before = one.started();
  one.die();
  let_leases_end();
  const auto newest = clock.now() - 4000;
  clock.at = newest - 1;  // as a node's clock may be by its last renewal
  node_bench two(all, "two", clock, definition);
  all.expire("one");
  two.work();
  auto id = two.started();
  for (int others = 3; others > 0 && id.partition() != before.partition(); --others) id = two.started();
  ASSERT_EQ(id.partition(), before.partition());
  const auto stored = two.store().read(id);
  EXPECT_EQ(std::get<engine::record>(records::decode(stored.at(0).bytes)).at, newest);
  EXPECT_EQ(id.made_at(), newest) << "lists look for the moment among ids";
}

}  // namespace
}  // namespace sagad::tests
