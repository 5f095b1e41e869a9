#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::barrier::test {
namespace {

class barrier_late : public testing::Test {
 protected:
  void accept(std::int64_t generation = 1) {
    barrier.perform(action_call(generation), [] { return accepted_with("later"); });
  }
  std::optional<answer> finish(const business& run, std::int64_t generation = 1) {
    EXPECT_TRUE(db.begin());
    auto said = barrier.finish(action_call(generation), run);
    db.commit();
    return said;
  }

  void abandon(std::int64_t generation) {
    ASSERT_TRUE(db.begin());
    EXPECT_TRUE(barrier.abandon(action_call(generation)));
    db.commit();
  }

  scratch_database file;
  connection db{file.options()};
  hand_clock clock;
  guard barrier{db, {}, clock.reader()};
  counted_business business{db};
};

TEST_F(barrier_late, the_job_s_commit_makes_the_action_done) {
  accept();
  const auto said = finish(business.doing("action", done_with("held")));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->what, outcome::done);
  EXPECT_EQ(barrier.perform(action_call(), [] { return done_with("again"); }).body, "held");
  EXPECT_EQ(business.times("action"), 1);
}

TEST_F(barrier_late, a_job_may_be_rejected) {
  accept();
  const auto said = finish(business.doing("action", rejected_with("no")));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->what, outcome::rejected);
  EXPECT_EQ(business.times("action"), 0);
  EXPECT_EQ(barrier.perform(action_call(), [] { return done_with("again"); }).status, 409);
}

TEST_F(barrier_late, a_job_that_is_not_finished_stays_accepted) {
  accept();
  const auto said = finish([] { return accepted_with("still"); });
  ASSERT_TRUE(said);
  EXPECT_TRUE(said->accepted);
  EXPECT_TRUE(finish(business.doing("action", done_with("held"))));
}

TEST_F(barrier_late, a_job_whose_step_was_undone_meanwhile_changes_nothing) {
  accept();
  barrier.perform(compensation_call(), business.doing("undo", done_with("undone")));
  EXPECT_FALSE(finish(business.doing("action", done_with("held"))));
  EXPECT_EQ(business.times("action"), 0);
  EXPECT_EQ(business.times("undo"), 0);
}

TEST_F(barrier_late, a_job_settles_once) {
  accept();
  EXPECT_TRUE(finish(business.doing("action", done_with("held"))));
  EXPECT_FALSE(finish(business.doing("action", done_with("held"))));
  EXPECT_EQ(business.times("action"), 1);
}

TEST_F(barrier_late, a_job_of_another_generation_is_not_awaited) {
  accept(2);
  EXPECT_FALSE(finish(business.doing("action", done_with("held")), 1));
  EXPECT_EQ(business.times("action"), 0);
}

TEST_F(barrier_late, a_failed_job_changes_nothing_and_stays_awaited) {
  accept();
  ASSERT_TRUE(db.begin());
  EXPECT_THROW(barrier.finish(action_call(), business.failing("action")), std::runtime_error);
  db.commit();
  EXPECT_EQ(business.times("action"), 0);
  EXPECT_TRUE(finish(business.doing("action", done_with("held"))));
}

TEST_F(barrier_late, an_abandoned_action_may_be_run_again) {
  accept();
  ASSERT_TRUE(db.begin());
  EXPECT_TRUE(barrier.abandon(action_call()));
  EXPECT_FALSE(barrier.abandon(action_call())) << "there is nothing left to abandon";
  db.commit();
  EXPECT_EQ(barrier.perform(action_call(), business.doing("action", done_with("held"))).body, "held");
}

TEST_F(barrier_late, a_generation_before_an_abandoned_one_does_not_run_any_more) {
  barrier.perform(action_call(1), business.doing("first", rejected_with("{}")));
  accept(2);
  abandon(2);
  EXPECT_EQ(barrier.perform(action_call(1), business.doing("first", done_with("{}"))).what, outcome::refused);
  EXPECT_EQ(business.times("first"), 0);
  EXPECT_EQ(barrier.perform(action_call(2), business.doing("second", done_with("{}"))).what, outcome::done);
  EXPECT_EQ(business.times("second"), 1);
}

TEST_F(barrier_late, a_compensation_of_an_abandoned_action_undoes_nothing_and_closes_the_step) {
  accept();
  abandon(1);
  barrier.perform(compensation_call(), business.doing("undo", done_with("{}")));
  EXPECT_EQ(business.times("undo"), 0);
  EXPECT_EQ(barrier.perform(action_call(2), business.doing("action", done_with("{}"))).what, outcome::refused);
  EXPECT_EQ(business.times("action"), 0);
}

TEST_F(barrier_late, polling_an_abandoned_action_finds_nothing) {
  accept();
  abandon(1);
  EXPECT_FALSE(guard::look(db, some_saga, "escrow"));
}

TEST_F(barrier_late, what_is_done_cannot_be_abandoned) {
  barrier.perform(action_call(), business.doing("action", done_with("held")));
  ASSERT_TRUE(db.begin());
  EXPECT_FALSE(barrier.abandon(action_call()));
  db.commit();
  EXPECT_EQ(barrier.perform(action_call(), business.doing("action", done_with("again"))).body, "held");
}

TEST_F(barrier_late, polling_sees_nothing_then_accepted_then_the_answer_then_undone) {
  EXPECT_FALSE(guard::look(db, some_saga, "escrow"));
  accept();
  EXPECT_EQ(guard::look(db, some_saga, "escrow")->status, 202);
  finish(business.doing("action", done_with("held")));
  EXPECT_EQ(guard::look(db, some_saga, "escrow")->status, 200);
  EXPECT_EQ(guard::look(db, some_saga, "escrow")->body, "held");
  barrier.perform(compensation_call(), business.doing("undo", done_with("undone")));
  EXPECT_EQ(guard::look(db, some_saga, "escrow")->status, 410);
}

}  // namespace
}  // namespace sagad::barrier::test
