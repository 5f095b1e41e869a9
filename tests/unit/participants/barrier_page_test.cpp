#include "participants/sdk/barrier_page.hpp"

#include "compensations/barrier/guard.hpp"
#include "compensations/barrier/saga_time.hpp"
#include "participants/sdk/problem.hpp"
#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::participants {
namespace {

constexpr std::int64_t start_ms = 1'700'000'000'000;

class barrier_pages : public testing::Test {
 protected:
  void row(std::int64_t begun_ms, const std::string& step) {
    barrier::call of = barrier::test::action_call();
    of.saga = barrier::earliest_saga_id(begun_ms);
    of.step = step;
    one.perform(of, barrier::test::done_with("yes"));
  }
  static std::string key(std::int64_t begun_ms, const std::string& step) {
    return barrier::earliest_saga_id(begun_ms) + "/" + step;
  }
  /// The keys of all rows, in the order of the pages.
  std::vector<std::string> walk(std::int64_t since_ms, std::int64_t rows_max) {
    std::vector<std::string> keys;
    std::optional<std::string> after;
    for (;;) {
      const std::string page = barrier_page(one.db, since_ms, after, rows_max);
      std::size_t rows = 0;
      for (auto at = page.find(R"("saga":")"); at != std::string::npos; at = page.find(R"("saga":")", at + 1)) {
        const auto step = page.find(R"("step":")", at) + 8;
        keys.push_back(page.substr(at + 8, 26) + "/" + page.substr(step, page.find('"', step) - step));
        ++rows;
      }
      if (rows == 0) return keys;
      EXPECT_LE(rows, static_cast<std::size_t>(rows_max));
      after = keys.back();
      EXPECT_THAT(page, testing::HasSubstr(R"("next":")" + *after + "\""));
    }
  }

  barrier::test::scratch_database file;
  barrier::test::side one{file.options()};
};

TEST_F(barrier_pages, every_row_stands_on_one_page_whatever_its_size) {
  std::vector<std::string> all;
  for (int saga = 0; saga < 5; ++saga) {
    for (const char* step : {"a", "a-b", "b"}) {
      row(start_ms + saga, step);
      all.push_back(key(start_ms + saga, step));
    }
  }
  for (const std::int64_t rows_max : {1, 2, 3, 7, 15, 100}) EXPECT_EQ(walk(0, rows_max), all) << rows_max;
}

TEST_F(barrier_pages, begin_at_the_time_that_was_asked_for) {
  for (int saga = 0; saga < 4; ++saga) row(start_ms + saga, "a");
  EXPECT_EQ(walk(start_ms + 2, 1), (std::vector<std::string>{key(start_ms + 2, "a"), key(start_ms + 3, "a")}));
  EXPECT_TRUE(walk(start_ms + 4, 1).empty());
}

TEST_F(barrier_pages, a_page_after_the_last_row_says_where_it_stands) {
  row(start_ms, "a");
  EXPECT_EQ(barrier_page(one.db, 0, key(start_ms, "a"), 10), R"({"rows":[],"next":")" + key(start_ms, "a") + "\"}");
}

TEST_F(barrier_pages, a_place_that_is_none_is_told_what_to_write) {
  for (const char* after : {"", "x", "/", "a/b", "01HF7YAT0004HMASW9NF6YY093", "01HF7YAT0004HMASW9NF6YY093/"}) {
    EXPECT_THROW(barrier_page(one.db, 0, after, 10), bad_input) << after;
  }
}

}  // namespace
}  // namespace sagad::participants
