// What is SQLite's own: how it goes about a query, and files of older versions.
#include "compensations/barrier/row_store.hpp"
#include "participants/sdk/barrier_page.hpp"
#include "participants/sdk/late_store.hpp"
#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::participants {
namespace {

class sqlite_plans : public testing::Test {
 protected:
  sqlite_plans() {
    barrier::row_store::create(db);
    late_store::create(db);
  }

  barrier::test::scratch_database file;
  barrier::connection db{file.options()};
};

TEST_F(sqlite_plans, places_and_their_letters_are_found_by_an_index) {
  // Of the plan, what is about the table.
  const auto looks = [this](const std::string& sql) {
    std::string text;
    auto rows = db.prepare("EXPLAIN QUERY PLAN " + sql);
    while (rows.step()) {
      if (rows.text(3).find("late_letter") != std::string::npos) text += rows.text(3) + "\n";
    }
    return text;
  };
  EXPECT_EQ(looks(late_store::select_due_of_a_place),
            "SEARCH late_letter USING COVERING INDEX late_letter_place (place=? AND next_at<?)\n");
  EXPECT_EQ(looks(late_store::select_places),
            "SEARCH late_letter USING COVERING INDEX late_letter_place\n"
            "SEARCH late_letter USING COVERING INDEX late_letter_place (place>?)\n");
}

TEST_F(sqlite_plans, pages_of_the_barrier_are_read_from_their_place_on_and_not_from_the_beginning) {
  auto plan = db.prepare("EXPLAIN QUERY PLAN " + std::string(barrier_page_sql));
  std::string text;
  while (plan.step()) text += plan.text(3) + "\n";
  EXPECT_EQ(text, "SEARCH barrier USING PRIMARY KEY ((saga,step)>(?,?))\n");
}

TEST(late_store, an_older_database_is_brought_up_to_date_and_keeps_its_letters) {
  barrier::connection db({.place = ":memory:", .sync = barrier::durability::normal});
  db.execute(
      "CREATE TABLE late_letter(seq INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, outcome TEXT NOT NULL, body "
      "TEXT NOT NULL, next_at INTEGER NOT NULL, tries INTEGER NOT NULL); INSERT INTO late_letter(url, outcome, body, "
      "next_at, tries) VALUES ('http://a/v1/callbacks/t', 'done', '{}', 10, 3)");
  late_store::create(db);
  late_store::create(db);
  EXPECT_EQ(late_store(db).due_letters(10, 1, nothing_yet).at(0).tries, 3);
  auto place = db.prepare("SELECT place FROM late_letter");
  ASSERT_TRUE(place.step());
  EXPECT_EQ(place.text(0), "http://a");
}

}  // namespace
}  // namespace sagad::participants
