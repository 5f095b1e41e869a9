// Who waits is told when it is so, or in time; and may come right back with the next input.
#include "core_sagas.hpp"
#include "tests/support/core_bench.hpp"

#include <gmock/gmock.h>

namespace sagad::tests {
namespace {

using engine::command_name;

TEST(core_waiters, a_start_that_waits_is_told_when_the_saga_is_final) {
  core_bench bench(pair);
  auto& told = bench.start("k", 10'000);
  bench.turn();
  EXPECT_EQ(bench.core().counted().waiting, 1U);
  bench.answer("left/action#1", 200);
  EXPECT_FALSE(told.told());
  bench.answer("right/action#1", 200);
  ASSERT_TRUE(told.told());
  EXPECT_TRUE(told.answer().final);
  EXPECT_EQ(told.answer().state, "completed");
  EXPECT_EQ(bench.core().counted().waiting, 0U);
  EXPECT_EQ(bench.core().counted().live, 0U);
}

TEST(core_waiters, whose_time_is_up_is_told_where_the_saga_is) {
  core_bench bench(pair);
  auto& told = bench.start("k", 1000);
  bench.turn();
  bench.advance(999);
  EXPECT_FALSE(told.told());
  bench.advance(1);
  ASSERT_TRUE(told.told());
  EXPECT_FALSE(told.answer().final);
  EXPECT_EQ(told.answer().state, "running");
  EXPECT_EQ(bench.core().counted().waiting, 0U);
}

TEST(core_waiters, whose_time_is_up_waits_for_what_is_not_durable_and_no_longer) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.store().hold();
  bench.answer("left/action#1", 200);
  auto& told = bench.get(id, bench.clock.at + 1000);
  bench.advance(2000);
  EXPECT_FALSE(told.told());
  bench.store().release_all();
  bench.turn();
  ASSERT_TRUE(told.told());
  EXPECT_EQ(told.answer().seq, 2U);
}

TEST(core_waiters, a_long_poll_of_a_final_saga_is_told_at_once_and_leaves_nothing) {
  core_bench bench(pair);
  const auto id = bench.started();
  bench.answer("left/action#1", 200);
  bench.answer("right/action#1", 200);
  auto& told = bench.get(id, bench.clock.at + 1000);
  EXPECT_TRUE(told.answer().final);
  EXPECT_EQ(bench.core().counted().live, 0U);
}

TEST(core_waiters, one_too_many_that_waits_is_not_kept_and_its_start_is_not_refused) {
  core_bench bench(pair);
  bench.options.waiters_max = 2;
  bench.remake();
  const auto id = bench.started();
  bench.get(id, bench.clock.at + 1000);
  bench.get(id, bench.clock.at + 1000);
  EXPECT_EQ(bench.get(id, bench.clock.at + 1000).problem().code, problem_code::overloaded);
  auto& start = bench.start("k", 1000);
  EXPECT_EQ(bench.core().counted().waiting, 3U) << "only until it is durable";
  bench.turn();
  EXPECT_EQ(start.answer().state, "running");
  EXPECT_FALSE(bench.get(id).failed());
}

TEST(core_waiters, who_is_told_of_the_end_may_ask_again_from_within) {
  core_bench bench(pair);
  const auto id = bench.started();
  std::vector<std::string> seen;
  for (int waiter = 0; waiter < 3; ++waiter) {
    bench.core().get(id, {10'000, std::nullopt, nullptr}, [&](runtime::answer_result) {
      bench.core().get(
          id, {}, [&](runtime::answer_result inner) { seen.push_back(std::get<runtime::saga_answer>(inner).state); });
    });
  }
  bench.answer("left/action#1", 200);
  bench.answer("right/action#1", 200);
  EXPECT_THAT(seen, testing::Each(std::string("completed")));
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_EQ(bench.core().counted().live, 0U);
}

TEST(core_waiters, who_is_told_that_a_partition_is_lost_may_start_from_within) {
  core_bench bench(pair);
  std::vector<saga_id> sagas;
  for (int number = 0; number < 20; ++number) sagas.push_back(bench.started());
  int told = 0;
  for (const auto& id : sagas) {
    bench.core().get(id, {10'000, std::nullopt, nullptr}, [&](runtime::answer_result) {
      ++told;
      for (int many = 0; many < 20; ++many) bench.start();
    });
  }
  bench.store().lose(sagas[0].partition());
  bench.command(sagas[0], core_bench::order(command_name::pause, "c"));
  bench.turn();
  EXPECT_EQ(told, 10);
}

TEST(core_waiters, who_is_told_of_a_pause_may_resume_from_within) {
  core_bench bench(pair);
  const auto id = bench.started();
  std::string state;
  bench.core().command(id, core_bench::order(command_name::pause, "c1"), [&](runtime::answer_result) {
    bench.core().command(id, core_bench::order(command_name::resume, "c2"),
                         [&](runtime::answer_result inner) { state = std::get<runtime::saga_answer>(inner).state; });
  });
  bench.turn();
  EXPECT_EQ(state, "running");
}

TEST(core_waiters, a_refused_wait_for_a_final_saga_leaves_nothing_in_memory) {
  core_bench bench(pair);
  bench.options.waiters_max = 0;
  bench.remake();
  const auto id = bench.started();
  bench.answer("left/action#1", 200);
  bench.answer("right/action#1", 200);
  EXPECT_EQ(bench.get(id, bench.clock.at + 1000).problem().code, problem_code::overloaded);
  EXPECT_EQ(bench.core().counted().live, 0U);
}

TEST(core_waiters, whose_client_has_gone_keeps_no_place) {
  core_bench bench(pair);
  const auto id = bench.started();
  const auto gone = std::make_shared<std::atomic<bool>>(false);
  int told = 0;
  bench.core().get(id, {60'000, std::nullopt, gone}, [&](const runtime::answer_result&) { ++told; });
  bench.core().audit(1000);
  EXPECT_EQ(bench.core().counted().waiting, 1U);
  gone->store(true);
  for (int round = 0; round < 2; ++round) bench.core().audit(1000);
  EXPECT_EQ(bench.core().counted().waiting, 0U);
  EXPECT_EQ(told, 1) << "its request is answered, to nobody";
}

}  // namespace
}  // namespace sagad::tests
