#include "participants/sdk/cleaner.hpp"

#include <future>

#include "compensations/barrier/saga_time.hpp"
#include "participants/sdk/late_store.hpp"
#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::participants {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

/// A cleaner whose timer and clock are the test's hands.
class cleaner_room : public testing::Test {
 protected:
  void begin(database_thread::limits bounds = {}) {
    auto db = std::make_unique<barrier::connection>(file.options());
    barrier::row_store::create(*db);
    late_store::create(*db);
    database = std::make_unique<database_thread>(
        std::move(db), bounds, [](const char*) {}, [](const std::string&) {});
    forgetting = std::make_unique<cleaner>(
        *database,
        [this](std::chrono::milliseconds delay, std::function<void()> what) {
          const std::lock_guard lock(mutex);
          planned.emplace_back(delay, std::move(what));
          came.notify_all();
        },
        [this] { return now_ms.load(); }, cleaner::limits{.rows_max = 2},
        [this](const char* why) { complaints.emplace_back(why); });
  }
  ~cleaner_room() override {
    if (database) database->stop();
  }

  void saga_begun_at(std::int64_t time_ms, const std::string& step) {
    barrier::test::side one(file.options());
    one.clock.now_ms = time_ms;
    barrier::call of = barrier::test::action_call();
    of.saga = barrier::earliest_saga_id(time_ms);
    of.step = step;
    one.perform(of, barrier::test::done_with("yes"));
  }
  std::int64_t rows() {
    barrier::connection db(file.options());
    auto select = db.prepare("SELECT count(*) FROM barrier");
    select.step();
    return select.integer(0);
  }
  /// What is planned next; fails where nothing is.
  std::pair<std::chrono::milliseconds, std::function<void()>> next_plan() {
    std::unique_lock lock(mutex);
    if (!came.wait_for(lock, std::chrono::seconds(30), [this] { return !planned.empty(); })) {
      throw std::runtime_error("nothing is planned: the cleaning has stopped for good");
    }
    auto first = std::move(planned.front());
    planned.erase(planned.begin());
    return first;
  }

  barrier::test::scratch_database file;
  std::atomic<std::int64_t> now_ms = 1'700'000'000'000;
  std::mutex mutex;
  std::condition_variable came;
  std::vector<std::pair<std::chrono::milliseconds, std::function<void()>>> planned;
  std::vector<std::string> complaints;
  std::unique_ptr<database_thread> database;
  std::unique_ptr<cleaner> forgetting;
};

TEST_F(cleaner_room, cleans_piece_by_piece_and_then_rests) {
  for (const char* step : {"a", "b", "c"}) saga_begun_at(now_ms, step);
  now_ms += 91 * day_ms;
  saga_begun_at(now_ms, "today");
  begin();
  forgetting->clean();
  auto [soon, second_piece] = next_plan();
  EXPECT_EQ(rows(), 2);
  EXPECT_EQ(soon.count(), 1);
  second_piece();
  EXPECT_EQ(next_plan().first, std::chrono::minutes(10));
  EXPECT_EQ(rows(), 1);
  EXPECT_TRUE(complaints.empty());
}

TEST_F(cleaner_room, a_full_queue_puts_the_cleaning_off_and_does_not_end_it) {
  saga_begun_at(now_ms, "a");
  now_ms += 91 * day_ms;
  saga_begun_at(now_ms, "today");
  begin({.queue_max = 0});
  forgetting->clean();
  auto [delay, again] = next_plan();
  EXPECT_EQ(delay, std::chrono::seconds(1));
  again();
  EXPECT_EQ(next_plan().first, std::chrono::seconds(1)) << "and so on, for as long as it is full";
}

TEST_F(cleaner_room, a_piece_that_found_the_queue_full_is_cleaned_when_there_is_room) {
  saga_begun_at(now_ms, "a");
  now_ms += 91 * day_ms;
  saga_begun_at(now_ms, "today");
  begin({.queue_max = 1});
  std::promise<void> inside;
  std::promise<void> go_on;
  database->post({[&](barrier::connection&) {
                    inside.set_value();
                    go_on.get_future().wait();
                  },
                  [](database_thread::verdict) {}});
  inside.get_future().wait();
  std::promise<void> room;
  ASSERT_TRUE(database->post({[](barrier::connection&) {}, [&](database_thread::verdict) { room.set_value(); }}));
  forgetting->clean();
  const auto again = next_plan().second;
  go_on.set_value();
  room.get_future().wait();
  again();
  EXPECT_EQ(next_plan().first, std::chrono::minutes(10));
  EXPECT_EQ(rows(), 1);
}

TEST_F(cleaner_room, plans_the_next_piece_also_when_one_was_too_late) {
  begin({.wait_max = std::chrono::milliseconds(0)});
  forgetting->clean();
  EXPECT_EQ(next_plan().first, std::chrono::seconds(1));
}

TEST_F(cleaner_room, doubts_a_clock_that_would_forget_everything_and_says_so_once) {
  saga_begun_at(now_ms, "a");
  now_ms += 365 * day_ms;
  begin();
  forgetting->clean();
  next_plan().second();
  next_plan();
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_THAT(complaints[0], testing::HasSubstr("365 days"));
  EXPECT_EQ(rows(), 1);
}

TEST_F(cleaner_room, forgets_the_letters_that_were_given_up_long_ago) {
  begin();
  database->perform([this](barrier::connection& db) {
    late_store letters(db);
    for (const std::int64_t age : {91 * day_ms, 89 * day_ms}) {
      letters.send("http://a", "done", "{}", now_ms);
      const auto due = letters.due_letters(
          now_ms, 1,
          {.room = [](const std::string&) { return std::size_t{1}; }, .under_way = [](std::int64_t) { return false; }});
      letters.give_up(due.at(0), 404, now_ms - age);
    }
  });
  forgetting->clean();
  next_plan();
  barrier::connection db(file.options());
  auto select = db.prepare("SELECT count(*) FROM late_letter_given_up");
  ASSERT_TRUE(select.step());
  EXPECT_EQ(select.integer(0), 1);
}

TEST_F(cleaner_room, plans_nothing_once_it_is_stopped) {
  begin();
  forgetting->clean();
  const auto again = next_plan().second;
  forgetting->stop();
  again();
  database->perform([](barrier::connection&) {});
  EXPECT_TRUE(planned.empty());
}

}  // namespace
}  // namespace sagad::participants
