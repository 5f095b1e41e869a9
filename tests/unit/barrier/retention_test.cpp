#include "compensations/barrier/retention.hpp"

#include "compensations/barrier/saga_time.hpp"
#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::barrier::test {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr auto keep = retention::barrier_retention_default;

class barrier_retention : public testing::Test {
 protected:
  call of_saga_begun_at(std::int64_t time_ms, operation of = operation::action) {
    call made = action_call();
    made.saga = earliest_saga_id(time_ms);
    made.of = of;
    return made;
  }
  answer act(std::int64_t begun_ms) {
    return barrier.perform(of_saga_begun_at(begun_ms), business.doing("action", done_with("yes")));
  }
  /// A saga of today has come: without one no clock is believed.
  std::int64_t clean(std::int64_t rows_max = 1000) {
    call today = of_saga_begun_at(clock.now_ms);
    today.step = "of_today";
    barrier.perform(today, [] { return done_with("yes"); });
    return clean_idle(rows_max);
  }
  std::int64_t clean_idle(std::int64_t rows_max = 1000, std::chrono::milliseconds kept = keep) {
    EXPECT_TRUE(db.begin());
    const auto gone = retention(db).clean(clock.now_ms, kept, rows_max);
    db.commit();
    return gone;
  }
  std::int64_t rows() {
    auto select = db.prepare("SELECT count(*) FROM barrier WHERE step <> 'of_today'");
    select.step();
    return select.integer(0);
  }

  scratch_database file;
  connection db{file.options()};
  hand_clock clock;
  guard barrier{db, {}, clock.reader()};
  counted_business business{db};
};

TEST_F(barrier_retention, keeps_rows_for_ninety_days) {
  const std::int64_t begun = clock.now_ms;
  act(begun);
  clock.now_ms += 90 * day_ms;
  EXPECT_EQ(clean(), 0);
  EXPECT_EQ(act(begun).body, "yes");
  clock.now_ms += 1;
  EXPECT_EQ(clean(), 1);
}

TEST_F(barrier_retention, what_was_cleaned_is_refused_and_never_run_again) {
  const std::int64_t begun = clock.now_ms;
  act(begun);
  clock.now_ms += 91 * day_ms;
  clean();
  EXPECT_EQ(act(begun).status, 410);
  EXPECT_EQ(act(begun).what, outcome::refused);
  const call undo = of_saga_begun_at(begun, operation::compensation);
  EXPECT_EQ(barrier.perform(undo, business.doing("undo", done_with("undone"))).what, outcome::refused);
  EXPECT_EQ(business.times("action"), 1);
  EXPECT_EQ(business.times("undo"), 0);
}

TEST_F(barrier_retention, a_refusal_leaves_no_row_behind) {
  act(clock.now_ms);
  const std::int64_t begun = clock.now_ms;
  clock.now_ms += 91 * day_ms;
  clean();
  act(begun);
  EXPECT_EQ(rows(), 0);
}

TEST_F(barrier_retention, refuses_every_saga_begun_before_what_was_cleaned) {
  act(clock.now_ms);
  const std::int64_t begun = clock.now_ms;
  clock.now_ms += 91 * day_ms;
  clean();
  EXPECT_EQ(act(begun - 1).status, 410);
  EXPECT_EQ(act(clock.now_ms - keep.count() - 1).status, 410);
  EXPECT_EQ(act(clock.now_ms - keep.count()).status, 200);
}

TEST_F(barrier_retention, an_old_saga_runs_where_nothing_was_ever_cleaned) {
  EXPECT_EQ(act(clock.now_ms - 400 * day_ms).status, 200);
}

TEST_F(barrier_retention, a_row_that_is_there_still_answers_though_its_saga_is_older_than_the_horizon) {
  const std::int64_t start = clock.now_ms;
  const std::int64_t begun = start - 80 * day_ms;
  act(start - 200 * day_ms);
  clock.now_ms = start + 10 * day_ms;
  act(begun);
  clock.now_ms = start + 95 * day_ms;
  EXPECT_EQ(clean(), 1);
  ASSERT_LT(begun, retention(db).horizon_ms());
  EXPECT_EQ(act(begun).body, "yes");
  EXPECT_EQ(business.times("action"), 2);
}

TEST_F(barrier_retention, the_horizon_never_moves_back) {
  act(clock.now_ms);
  const std::int64_t begun = clock.now_ms;
  clock.now_ms += 200 * day_ms;
  clean();
  clock.now_ms = begun;
  act(begun - 300 * day_ms);
  clock.now_ms = begun + 100 * day_ms;
  clean();
  EXPECT_EQ(act(begun + 105 * day_ms).status, 410);
}

TEST_F(barrier_retention, accepted_rows_stay_until_they_are_settled) {
  const call waiting = of_saga_begun_at(clock.now_ms);
  barrier.perform(waiting, [] { return accepted_with("later"); });
  clock.now_ms += 400 * day_ms;
  EXPECT_EQ(clean(), 0);
  EXPECT_EQ(barrier.perform(waiting, [] { return done_with("again"); }).status, 202);
}

TEST_F(barrier_retention, cleans_in_pieces) {
  for (int i = 0; i < 5; ++i) act(clock.now_ms + i);
  clock.now_ms += 91 * day_ms;
  EXPECT_EQ(clean(2), 2);
  EXPECT_EQ(clean(2), 2);
  EXPECT_EQ(clean(2), 1);
  EXPECT_EQ(clean(2), 0);
}

TEST_F(barrier_retention, a_participant_whose_clock_is_behind_opens_no_gap) {
  // The row's time lies before the horizon, the saga's own behind it: cleaning it would let the saga run again.
  clock.now_ms -= 5 * day_ms;
  const std::int64_t begun = clock.now_ms + 5 * day_ms;
  act(begun);
  clock.now_ms += 91 * day_ms;
  EXPECT_EQ(clean(), 0);
  EXPECT_EQ(act(begun).body, "yes");
  EXPECT_EQ(business.times("action"), 1);
}

TEST_F(barrier_retention, a_clock_that_jumps_a_year_ahead_forgets_at_most_a_day_too_much) {
  const std::int64_t today = clock.now_ms;
  act(today - 90 * day_ms);
  act(today - 89 * day_ms);
  act(today - 88 * day_ms);
  act(today);
  auto backdate = db.prepare("UPDATE barrier SET at = ?");
  backdate.bind(today - 90 * day_ms).run();
  clock.now_ms += 365 * day_ms;
  EXPECT_EQ(clean_idle(), 1);
  EXPECT_EQ(rows(), 3);
  EXPECT_EQ(retention(db).horizon_ms(), today - 89 * day_ms);
  EXPECT_EQ(act(today + 1).status, 200) << "the sagas that come afterwards are taken";
}

TEST_F(barrier_retention, rows_written_while_the_clock_was_wrong_do_not_make_it_believed) {
  const std::int64_t today = clock.now_ms;
  act(today);
  clock.now_ms += 365 * day_ms;
  act(today + 1);
  EXPECT_EQ(clean_idle(), 0);
  EXPECT_EQ(rows(), 2);
}

TEST_F(barrier_retention, goes_on_when_the_clock_is_right_again) {
  const std::int64_t today = clock.now_ms;
  act(today);
  clock.now_ms += 365 * day_ms;
  EXPECT_EQ(clean_idle(), 0);
  clock.now_ms = today + 91 * day_ms;
  EXPECT_EQ(clean(), 1);
}

TEST_F(barrier_retention, the_newest_saga_is_kept_however_short_the_time) {
  act(clock.now_ms);
  const std::int64_t newest = clock.now_ms;
  clock.now_ms += 365 * day_ms;
  EXPECT_EQ(clean_idle(1000, std::chrono::hours(1)), 0);
  act(newest - 1);
  EXPECT_LE(retention(db).horizon_ms(), newest);
  EXPECT_EQ(act(newest).body, "yes");
}

TEST_F(barrier_retention, an_empty_table_has_nothing_to_forget) {
  clock.now_ms += 365 * day_ms;
  EXPECT_EQ(retention(db).newest_saga_ms(), std::nullopt);
  EXPECT_EQ(clean_idle(), 0);
  EXPECT_EQ(retention(db).horizon_ms(), 0);
}

}  // namespace
}  // namespace sagad::barrier::test
