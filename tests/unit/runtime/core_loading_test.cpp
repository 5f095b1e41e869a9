// What lives in partitions that a node takes over: in which order it is loaded, and by how many questions.
#include "core_sagas.hpp"
#include "telemetry/log.hpp"
#include "tests/support/load_definition.hpp"
#include "tests/support/node_bench.hpp"

#include <algorithm>

#include <gmock/gmock.h>

namespace sagad::tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class loaded_partitions : public testing::Test {
 protected:
  /// Each is due a little later than the one before, and lives in the next partition.
  void start_and_die(std::size_t count) {
    one.work();
    for (; started.size() < count; ++clock.at) started.push_back(one.started());
    one.die();
    let_leases_end();
  }
  void let_leases_end() { clock.at += 4000; }
  /// In the order in which they were called for first.
  static std::vector<saga_id> called_for(node_bench& node) {
    std::vector<saga_id> all;
    for (const auto& begun : node.calls().open()) {
      const auto id = saga_id::parse(header_of(begun.call.headers, "Saga-Id"));
      if (std::find(all.begin(), all.end(), *id) == all.end()) all.push_back(*id);
    }
    return all;
  }
  /// It has taken them, and asked for the first piece.
  static void take_and_ask(node_bench& node) {
    node.store().work();
    node.core().recover_some(1);
  }

  manual_clock clock;
  definition::definition_ptr definition = load_definition(pair);
  journal::memory::cluster all{{.partitions = 4}, [this] { return clock.now(); }};
  node_bench one{all, "one", clock, definition};
  node_bench two{all, "two", clock, definition, node_bench::loads::beside};
  std::vector<saga_id> started;
};

TEST_F(loaded_partitions, go_on_with_what_is_due_first_in_any_of_them) {
  start_and_die(12);
  node_bench three(all, "three", clock, definition);
  three.work();
  EXPECT_EQ(called_for(three), started);
}

TEST_F(loaded_partitions, are_asked_for_in_pieces_that_are_due_first_in_any_of_them) {
  start_and_die(300);
  take_and_ask(two);
  std::vector<saga_id> asked_for;
  std::vector<std::size_t> pieces;
  while (!two.loadings.empty()) {
    EXPECT_FALSE(two.core().recovering()) << "it only waits";
    const auto& ids = two.loadings.front().ids;
    asked_for.insert(asked_for.end(), ids.begin(), ids.end());
    pieces.push_back(ids.size());
    two.finish_loading();
  }
  EXPECT_EQ(asked_for, started);
  EXPECT_THAT(pieces, ElementsAre(128, 128, 44));
  EXPECT_EQ(called_for(two), started);
  EXPECT_EQ(two.core().counted().recovered, 300U);
}

TEST_F(loaded_partitions, are_asked_for_while_what_came_before_goes_on) {
  start_and_die(200);
  take_and_ask(two);
  auto first = std::move(two.loadings.front());
  two.loadings.pop_front();
  first.tell(std::move(first.found));
  EXPECT_THAT(two.loadings, SizeIs(0)) << "as many as go on at once wait already";
  EXPECT_TRUE(two.core().recover_some(1));
  EXPECT_THAT(two.loadings, SizeIs(1));
  EXPECT_EQ(two.core().counted().recovered, 1U);
}

TEST_F(loaded_partitions, have_sagas_that_somebody_else_has_loaded_meanwhile_and_brought_to_their_end) {
  start_and_die(1);
  take_and_ask(two);
  EXPECT_EQ(two.get(started[0]).text(), "running");
  two.answer("left/action#2", 200);
  two.answer("right/action#2", 200);
  EXPECT_EQ(two.core().counted().live, 0U);
  two.finish_loading();
  EXPECT_EQ(two.core().counted().live, 0U) << "what was read before is past";
  EXPECT_EQ(two.facts(started[0]), "started|recovered|lost|lost|done|done|finished");
}

TEST_F(loaded_partitions, have_sagas_that_are_in_memory_before_they_are_asked_for) {
  start_and_die(2);
  two.store().work();
  EXPECT_EQ(two.get(started[0]).text(), "running");
  two.core().recover_some(1);
  EXPECT_THAT(two.loadings.at(0).ids, ElementsAre(started[1]));
  two.answer("left/action#2", 200);
  two.answer("right/action#2", 200);
  two.finish_loading();
  EXPECT_THAT(called_for(two), ElementsAre(started[1]));
  EXPECT_EQ(two.core().counted().live, 1U);
}

TEST_F(loaded_partitions, can_be_lost_and_taken_again_while_what_was_read_the_first_time_is_on_its_way) {
  start_and_die(1);
  take_and_ask(two);
  let_leases_end();
  node_bench three(all, "three", clock, definition);
  three.work();
  three.answer("left/action#2", 200);
  three.die();
  let_leases_end();
  two.store().work();  // lost, and taken again
  two.finish_loading();
  EXPECT_EQ(two.core().counted().live, 0U) << "what was read the first time is past";
  two.finish_loading();
  EXPECT_EQ(two.facts(started[0]), "started|recovered|lost|lost|done|recovered|lost");
  EXPECT_THAT(two.calls().names(), ElementsAre("right/action#3"));
}

TEST_F(loaded_partitions, wait_for_a_journal_that_is_away_and_are_asked_for_soon_after) {
  start_and_die(2);
  two.store().work();
  two.store().entries().be_away(true);
  log::flush();
  testing::internal::CaptureStderr();
  two.core().recover_some(1);
  two.finish_loading();
  log::flush();
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("2 live sagas are loaded when the journal answers again"));
  EXPECT_FALSE(two.core().recovering());
  EXPECT_THAT(two.loadings, IsEmpty());
  ASSERT_EQ(two.core().next_wake(), clock.at + 1000);
  two.store().entries().be_away(false);
  clock.at += 1000;
  two.on_time();
  ASSERT_TRUE(two.core().recovering());
  two.core().recover_some(1);
  two.finish_loading();
  EXPECT_EQ(called_for(two), started);
}

TEST_F(loaded_partitions, have_sagas_that_cannot_be_read_which_are_tried_again_in_a_minute) {
  start_and_die(2);
  two.store().work();
  two.store().entries().fail_reads(true);
  two.core().recover_some(1);
  two.store().entries().fail_reads(false);
  two.finish_loading();
  two.finish_loading();  // the other one
  EXPECT_THAT(called_for(two), ElementsAre(started[1]));
  clock.at += 60'000;
  two.store().work();
  two.on_time();
  two.core().recover_some(1);
  two.finish_loading();
  EXPECT_EQ(two.core().counted().recovered, 2U);
}

TEST_F(loaded_partitions, are_left_to_the_next_owner_by_who_leaves) {
  start_and_die(2);
  take_and_ask(two);
  two.core().drain();
  two.finish_loading();
  EXPECT_FALSE(two.core().recovering());
  EXPECT_EQ(two.facts(started[0]), "started");
  EXPECT_EQ(two.core().counted().live, 0U);
}

}  // namespace
}  // namespace sagad::tests
