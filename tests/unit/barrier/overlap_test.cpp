#include <future>
#include <thread>

#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::barrier::test {
namespace {

/// Two processes' view of one database: a connection and a barrier each.
struct side {
  explicit side(const connection::options& how) : db(how), business(db) {}

  connection db;
  hand_clock clock;
  guard barrier{db, {}, clock.reader()};
  counted_business business;
};

TEST(barrier_overlap, a_duplicate_that_comes_inside_the_first_waits_and_hears_the_same) {
  scratch_database file;
  side first(file.options());
  side second(file.options());
  std::promise<void> inside;
  std::promise<void> go_on;
  answer heard_first;
  std::thread running([&] {
    heard_first = first.barrier.perform(action_call(), [&] {
      const auto said = first.business.doing("action", done_with("the first"))();
      inside.set_value();
      go_on.get_future().wait();
      return said;
    });
  });
  inside.get_future().wait();
  std::promise<void> asked;
  answer heard_second;
  std::thread waiting([&] {
    asked.set_value();
    heard_second = second.barrier.perform(action_call(), second.business.doing("action", done_with("the second")));
  });
  asked.get_future().wait();
  go_on.set_value();
  running.join();
  waiting.join();
  EXPECT_EQ(heard_first.body, "the first");
  EXPECT_EQ(heard_second.body, "the first");
  EXPECT_EQ(heard_second.status, heard_first.status);
  EXPECT_EQ(first.business.times("action"), 1);
}

TEST(barrier_overlap, the_wait_is_bounded_and_ends_in_425) {
  scratch_database file;
  side first(file.options());
  side second(file.options(std::chrono::milliseconds(20)));
  std::int64_t ran_second = 0;
  answer refused;
  first.barrier.perform(action_call(), [&] {
    refused = second.barrier.perform(action_call(), [&] {
      ++ran_second;
      return done_with("the second");
    });
    return done_with("the first");
  });
  EXPECT_EQ(refused.status, 425);
  EXPECT_EQ(refused.what, outcome::in_progress);
  EXPECT_GT(refused.retry_after_seconds, 0);
  EXPECT_EQ(ran_second, 0);
  EXPECT_EQ(second.barrier.perform(action_call(), [] { return done_with("the second"); }).body, "the first");
}

TEST(barrier_overlap, a_compensation_that_comes_inside_its_action_undoes_it_afterwards) {
  scratch_database file;
  side first(file.options());
  side second(file.options());
  std::thread undoing;
  answer undone;
  first.barrier.perform(action_call(), [&] {
    std::promise<void> asked;
    undoing = std::thread([&] {
      asked.set_value();
      undone = second.barrier.perform(compensation_call(), second.business.doing("undo", done_with("undone")));
    });
    asked.get_future().wait();
    return first.business.doing("action", done_with("held"))();
  });
  undoing.join();
  EXPECT_EQ(undone.body, "undone");
  EXPECT_EQ(second.business.times("action"), 1);
  EXPECT_EQ(second.business.times("undo"), 1);
}

TEST(barrier_overlap, many_duplicates_at_once_run_once) {
  scratch_database file;
  side reader(file.options());
  std::vector<std::thread> callers;
  std::vector<answer> heard(8);
  for (std::size_t i = 0; i < heard.size(); ++i) {
    callers.emplace_back([&, i] {
      side one(file.options());
      const auto mine = one.business.doing("action", done_with("caller " + std::to_string(i)));
      heard[i] = one.barrier.perform(action_call(), mine);
    });
  }
  for (auto& caller : callers) caller.join();
  for (const auto& one : heard) EXPECT_EQ(one.body, heard[0].body);
  EXPECT_EQ(reader.business.times("action"), 1);
}

}  // namespace
}  // namespace sagad::barrier::test
