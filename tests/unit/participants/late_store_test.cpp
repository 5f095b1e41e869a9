#include "participants/sdk/late_store.hpp"

#include <set>

#include "participants/sdk/reception.hpp"
#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::participants {
namespace {

constexpr std::size_t much_room = 1000;
const late_store::outgoing nothing_yet{.room = [](const std::string&) { return much_room; },
                                       .under_way = [](std::int64_t) { return false; }};

class late_store_room : public testing::Test {
 protected:
  late_store_room() { late_store::create(db); }

  static late_job job(std::int64_t due_at_ms, std::int64_t generation = 1) {
    return {.of = {.saga = "01HF7YAT0004HMASW9NF6YY093",
                   .step = "escrow",
                   .of = barrier::operation::action,
                   .generation = generation,
                   .request_digest = "digest"},
            .asked = {"POST", "/v1/holds?x=1", {}, R"({"account":"alice"})"},
            .callback = "http://localhost/v1/callbacks/token",
            .due_at_ms = due_at_ms,
            .tries = 0};
  }

  std::vector<late_letter> due(std::int64_t now_ms, std::size_t rows_max) {
    return store.due_letters(now_ms, rows_max, nothing_yet);
  }

  barrier::test::scratch_database file;
  barrier::connection db{file.options()};
  late_store store{db};
};

TEST_F(late_store_room, a_job_is_due_at_its_time_as_it_was_asked_for) {
  store.add(job(1000));
  EXPECT_EQ(store.next_job_at_ms(), 1000);
  EXPECT_TRUE(store.due_jobs(999, 10).empty());
  const auto due = store.due_jobs(1000, 10);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].of.step, "escrow");
  EXPECT_EQ(due[0].of.request_digest, "digest");
  EXPECT_EQ(due[0].asked.target, "/v1/holds?x=1");
  EXPECT_EQ(due[0].asked.body, R"({"account":"alice"})");
  EXPECT_EQ(due[0].callback, "http://localhost/v1/callbacks/token");
  store.remove(due[0]);
  EXPECT_EQ(store.next_job_at_ms(), std::nullopt);
}

TEST_F(late_store_room, a_newer_generation_takes_the_place_of_the_older) {
  store.add(job(1000, 1));
  store.add(job(2000, 2));
  EXPECT_TRUE(store.due_jobs(1500, 10).empty());
  EXPECT_EQ(store.due_jobs(2000, 10).at(0).of.generation, 2);
}

TEST_F(late_store_room, a_postponed_job_counts_its_tries) {
  store.add(job(1000));
  store.postpone(job(1000), 5000);
  EXPECT_TRUE(store.due_jobs(1000, 10).empty());
  EXPECT_EQ(store.due_jobs(5000, 10).at(0).tries, 1);
}

TEST_F(late_store_room, released_jobs_are_due_now) {
  store.add(job(100'000));
  EXPECT_EQ(store.release_jobs(50), 1);
  EXPECT_EQ(store.due_jobs(50, 10).size(), 1U);
  EXPECT_EQ(store.release_jobs(50), 0);
}

TEST_F(late_store_room, letters_wait_until_they_are_delivered) {
  store.send("http://a", "done", "{}", 10);
  store.send("http://b", "rejected", "[]", 20);
  ASSERT_EQ(due(10, 10).size(), 1U);
  const auto letter = due(10, 10)[0];
  EXPECT_EQ(letter.url, "http://a");
  EXPECT_EQ(letter.outcome, "done");
  EXPECT_EQ(letter.body, "{}");
  store.postpone(letter, 500);
  EXPECT_EQ(store.next_letter_after_ms(10), 20);
  EXPECT_EQ(due(500, 10).size(), 2U);
  EXPECT_EQ(due(500, 1).size(), 1U);
  store.delivered(letter);
  EXPECT_EQ(due(500, 10).at(0).url, "http://b");
}

TEST_F(late_store_room, letters_that_may_not_go_do_not_stand_in_the_way_of_those_behind_them) {
  for (int older = 0; older < 5; ++older) store.send("http://a", "done", "{}", older);
  store.send("http://b", "done", "{}", 10);
  auto full_at_a = nothing_yet;
  full_at_a.room = [](const std::string& place) { return place == "http://b" ? much_room : 0; };
  const auto found = store.due_letters(10, 1, full_at_a);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].url, "http://b");
}

TEST_F(late_store_room, letters_of_a_place_are_looked_at_only_as_far_as_there_is_room) {
  constexpr int letters = 500;
  for (int number = 0; number < letters; ++number) {
    store.send("http://dead:80/" + std::to_string(number), "done", "{}", number);
  }
  store.send("http://alive:80/1", "done", "{}", letters);
  std::set<std::int64_t> under_way;
  std::size_t looked_at = 0;
  late_store::outgoing two_each{.room = [](const std::string&) { return std::size_t{2}; },
                                .under_way =
                                    [&](std::int64_t seq) {
                                      ++looked_at;
                                      return under_way.contains(seq);
                                    }};
  const auto first = store.due_letters(letters, 10, two_each);
  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(first[0].url, "http://dead:80/0");
  EXPECT_EQ(first[2].url, "http://alive:80/1");
  EXPECT_EQ(looked_at, 3U);
  for (const auto& one : first) under_way.insert(one.seq);
  two_each.count = under_way.size();
  looked_at = 0;
  EXPECT_EQ(store.due_letters(letters, 10, two_each).size(), 2U);
  EXPECT_EQ(looked_at, 5U) << "those that are under way, and two more";
}

TEST_F(late_store_room, letters_are_not_looked_for_when_none_may_go) {
  store.send("http://a", "done", "{}", 10);
  std::size_t asked = 0;
  auto counted = nothing_yet;
  counted.room = [&asked](const std::string&) {
    ++asked;
    return much_room;
  };
  EXPECT_TRUE(store.due_letters(10, 0, counted).empty());
  EXPECT_EQ(asked, 0U);
  EXPECT_EQ(store.due_letters(10, 1, counted).size(), 1U);
  EXPECT_EQ(asked, 1U);
}

TEST_F(late_store_room, letters_of_all_places_go_by_their_times_and_are_told_whole) {
  store.send("http://a/1", "done", "{}", 30);
  store.send("http://b/1", "rejected", "[1]", 10);
  store.send("http://a/2", "done", "[2]", 20);
  store.send("http://b/2", "done", "{}", 40);
  const auto found = due(40, 3);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].url + " " + found[0].outcome + " " + found[0].body, "http://b/1 rejected [1]");
  EXPECT_EQ(found[0].next_at_ms, 10);
  EXPECT_EQ(found[1].url + " " + found[1].body, "http://a/2 [2]");
  EXPECT_EQ(found[2].url, "http://a/1");
}

TEST_F(late_store_room, a_letter_remembers_since_when_it_is_refused_until_it_is_not) {
  store.send("http://a", "done", "{}", 10);
  auto letter = due(10, 1).at(0);
  EXPECT_EQ(letter.refused_at_ms, std::nullopt);
  letter.refused_at_ms = 10;
  store.postpone(letter, 20);
  letter = due(20, 1).at(0);
  EXPECT_EQ(letter.refused_at_ms, 10);
  letter.refused_at_ms = std::nullopt;
  store.postpone(letter, 30);
  EXPECT_EQ(due(30, 1).at(0).refused_at_ms, std::nullopt);
}

TEST_F(late_store_room, a_letter_that_is_given_up_is_no_longer_due_and_leaves_a_row) {
  store.send("http://a", "done", "{}", 10);
  store.give_up(due(10, 1).at(0), 404, 50);
  EXPECT_EQ(store.next_letter_after_ms(0), std::nullopt);
  auto row = db.prepare("SELECT url, outcome, body, status, tries, given_up_at FROM late_letter_given_up");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.text(0) + " " + row.text(1) + " " + row.text(2), "http://a done {}");
  EXPECT_EQ(row.integer(3), 404);
  EXPECT_EQ(row.integer(4), 1);
  EXPECT_EQ(row.integer(5), 50);
}

TEST(reception, of_a_letter_is_what_the_status_says) {
  for (const int status : {204, 409, 410}) EXPECT_EQ(reception_of(status), reception::over) << status;
  for (const int status : {0, 408, 425, 429, 500, 502, 503, 599}) {
    EXPECT_EQ(reception_of(status), reception::later) << status;
  }
  for (const int status : {200, 202, 301, 302, 400, 401, 403, 404, 405, 411, 412, 413, 422}) {
    EXPECT_EQ(reception_of(status), reception::refused) << status;
  }
}

}  // namespace
}  // namespace sagad::participants
