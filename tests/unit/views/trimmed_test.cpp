#include <gmock/gmock.h>

#include "tests/support/temporary_folder.hpp"
#include "view_bench.hpp"

namespace sagad::views::tests {
namespace {

/// Views of a journal that frees what is a second old.
class views_of_a_trimmed_journal : public testing::Test {
 protected:
  void SetUp() override { journal.write(courses, 1); }

  std::string path() const { return files.path("views.db"); }
  /// Frees what the first half of the courses were.
  void trim() {
    while (journal.store().trim(courses[courses.size() / 2].at + 1'000)) {
    }
  }
  /// Rows and counts, as text.
  std::string shown() const {
    std::string text;
    journal::sqlite file(path(), journal::sqlite::access::read);
    journal::statement rows(file,
                            "SELECT hex(id) || ' ' || state || ' ' || seq || ' ' || position || ' ' || changed || ' ' "
                            "|| coalesce(error, '') || ' ' || coalesce(key, '') FROM sagas ORDER BY id");
    while (rows.step()) text += rows.blob(0) + "\n";
    journal::statement counts(file,
                              "SELECT n.name || ' ' || c.state || ' ' || c.sagas FROM counts c JOIN names n ON "
                              "n.number = c.name ORDER BY n.name, c.state");
    while (counts.step()) text += counts.blob(0) + "\n";
    return text;
  }
  std::uint64_t sagas_there() {
    std::uint64_t there = 0;
    for (const auto& one : courses) there += journal.store().has(one.id) ? 1 : 0;
    return there;
  }

  std::int64_t labels_in(const std::string& table) const {
    journal::sqlite file(path(), journal::sqlite::access::read);
    journal::statement count(file, "SELECT count(*) FROM " + table);
    count.step();
    return count.integer(0);
  }

  std::vector<course> courses = random_courses(1, 120);
  written_journal journal{{.history = 1'000}};
  sagad::tests::temporary_folder files{sagad::tests::temporary_folder::on::memory};
};

TEST_F(views_of_a_trimmed_journal, labels_of_sagas_that_are_gone_go_with_them) {
  const auto keeper = make_keeper(journal.store(), path());
  catch_up(*keeper);
  const auto indexed = labels_in("indexed_labels");
  const auto loose = labels_in("loose_labels");
  trim();
  catch_up(*keeper);
  EXPECT_LT(labels_in("indexed_labels"), indexed);
  EXPECT_LT(labels_in("loose_labels"), loose);
  EXPECT_EQ(labels_in("indexed_labels l LEFT JOIN sagas s ON s.id = l.id WHERE s.id IS NULL"), 0);
  EXPECT_EQ(labels_in("loose_labels l LEFT JOIN sagas s ON s.id = l.id WHERE s.id IS NULL"), 0);
}

TEST_F(views_of_a_trimmed_journal, rows_of_sagas_that_are_gone_go_and_others_stay) {
  const auto keeper = make_keeper(journal.store(), path());
  catch_up(*keeper);
  ASSERT_EQ(keeper->rows(), courses.size());
  trim();
  ASSERT_LT(sagas_there(), courses.size());
  ASSERT_FALSE(journal.store().carried().empty());
  catch_up(*keeper);
  EXPECT_EQ(keeper->rows(), sagas_there());
}

TEST_F(views_of_a_trimmed_journal, what_is_freed_while_rows_are_looked_at_goes_too) {
  keeper_options options;
  options.path = path();
  options.rows_looked_at_once_max = 10;
  options.budget.steady_milliseconds = [] { return std::int64_t{0}; };
  keeper few(options, journal.store(), definition_of, [] { return now; });
  catch_up(few);
  for (auto at = courses.front().at; sagas_there() == courses.size(); at += 10) journal.store().trim(at + 1'000);
  while (few.rows() == courses.size()) ASSERT_TRUE(few.step());
  trim();
  catch_up(few);
  EXPECT_EQ(few.rows(), sagas_there());
}

TEST_F(views_of_a_trimmed_journal, rows_go_some_at_a_time_while_nothing_else_is_to_be_done) {
  keeper_options options;
  options.path = path();
  options.rows_looked_at_once_max = 10;
  options.budget.steady_milliseconds = [] { return std::int64_t{0}; };
  keeper few(options, journal.store(), definition_of, [] { return now; });
  catch_up(few);
  EXPECT_FALSE(few.only_drops());
  trim();
  auto rows = few.rows();
  bool more = few.step();
  while (true) {
    EXPECT_LE(rows - few.rows(), 10U);
    EXPECT_EQ(few.only_drops(), more);
    rows = few.rows();
    if (!more) break;
    more = few.drop_some();
  }
  EXPECT_EQ(rows, sagas_there());
}

TEST_F(views_of_a_trimmed_journal, dropping_rests_longer_than_it_works) {
  const auto keeper = make_keeper(journal.store(), path());
  catch_up(*keeper);
  EXPECT_EQ(keeper->rest_after(std::chrono::milliseconds(2)), std::chrono::milliseconds(6));
}

TEST_F(views_of_a_trimmed_journal, views_that_are_built_anew_are_the_same) {
  auto keeper = make_keeper(journal.store(), path());
  catch_up(*keeper);
  trim();
  catch_up(*keeper);
  const auto live = shown();
  EXPECT_EQ(keeper->begin_rebuild(), std::nullopt);
  catch_up(*keeper);
  EXPECT_EQ(keeper->rebuilt(), 2U);
  keeper.reset();
  EXPECT_EQ(shown(), live);
}

TEST_F(views_of_a_trimmed_journal, sagas_that_no_scan_shows_whole_are_taken_some_at_a_time) {
  trim();
  ASSERT_GT(journal.store().carried().size(), 10U);
  const definition_source definitions = definition_of;
  projector few{journal.store(), database::create(":memory:", journal.store().opened().identity, definitions, {})};
  for (int steps = 0; !few.read(5); ++steps) {
    EXPECT_LE(few.rows_waiting(), 5U);
    few.write(now);
    ASSERT_LT(steps, 10'000);
  }
  few.write(now);
  EXPECT_EQ(few.file().rows(), sagas_there());
}

TEST_F(views_of_a_trimmed_journal, a_building_that_was_interrupted_among_such_sagas_goes_on) {
  trim();
  const definition_source definitions = definition_of;
  auto file = database::create(":memory:", journal.store().opened().identity, definitions, {});
  for (const int steps : {1, 2, 3, 1'000}) {
    projector few{journal.store(), std::move(file)};
    for (int step = 0; step < steps; ++step) {
      few.read(5);
      few.write(now);
    }
    file = few.release();
  }
  EXPECT_EQ(file->rows(), sagas_there());
}

TEST_F(views_of_a_trimmed_journal, views_that_lag_behind_what_is_freed_are_built_anew) {
  auto keeper = make_keeper(journal.store(), path());
  for (int steps = 0; steps < 3; ++steps) keeper->step();
  trim();
  catch_up(*keeper);
  keeper.reset();
  const auto lagged = shown();
  database::remove(path());
  keeper = make_keeper(journal.store(), path());
  catch_up(*keeper);
  EXPECT_EQ(keeper->rows(), sagas_there());
  keeper.reset();
  EXPECT_EQ(shown(), lagged);
}

TEST_F(views_of_a_trimmed_journal, a_rebuild_that_lags_behind_what_is_freed_begins_anew_beside_the_live_ones) {
  auto keeper = make_keeper(journal.store(), path());
  catch_up(*keeper);
  EXPECT_EQ(keeper->begin_rebuild(), std::nullopt);
  for (int steps = 0; steps < 3; ++steps) keeper->step();
  ASSERT_TRUE(keeper->rebuilding());
  trim();
  catch_up(*keeper);
  EXPECT_EQ(keeper->rebuilt(), 2U);
  EXPECT_EQ(keeper->rows(), sagas_there());
}

}  // namespace
}  // namespace sagad::views::tests
