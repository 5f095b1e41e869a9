#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::barrier::test {
namespace {

/// Each test brings the row into one column's state over one connection and sends what the cell's line says over
/// another, which has seen nothing of the first but the committed row.
class barrier_table : public testing::Test {
 protected:
  void be(const business_result& said, std::int64_t generation = 1) { earlier.perform(action_call(generation), said); }
  void be_done() { be(done_with(R"({"hold":"h-1"})")); }
  void be_rejected() { be(rejected_with(R"({"why":"sold out"})")); }
  void be_accepted() { be(accepted_with(R"({"state":"accepted"})")); }
  void be_undone() {
    be_done();
    earlier.perform(compensation_call(), done_with(R"({"released":true})"));
  }

  answer act(std::int64_t generation = 1, const std::string& digest = "digest") {
    return later.perform(action_call(generation, digest), done_with(R"({"hold":"h-2"})"));
  }
  answer undo() { return later.perform(compensation_call(), done_with(R"({"released":"later"})")); }

  std::int64_t actions() { return later.happened.times("action"); }
  std::int64_t undos() { return later.happened.times("undo"); }

  static void expect(const answer& got, int status, outcome what, const std::string& body) {
    EXPECT_EQ(got.status, status);
    EXPECT_EQ(name_of(got.what), name_of(what));
    EXPECT_EQ(got.body, body);
  }
  static void expect(const answer& got, int status, outcome what) {
    EXPECT_EQ(got.status, status);
    EXPECT_EQ(name_of(got.what), name_of(what));
  }

  scratch_database file;
  side earlier{file.options()};
  side later{file.options()};
};

TEST_F(barrier_table, an_action_without_a_row_runs_and_is_done) {
  expect(act(), 200, outcome::done, R"({"hold":"h-2"})");
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_table, an_action_without_a_row_runs_and_is_rejected_with_nothing_left) {
  expect(later.perform(action_call(), rejected_with("no")), 409, outcome::rejected, "no");
  EXPECT_EQ(actions(), 0);
}

TEST_F(barrier_table, an_action_without_a_row_runs_and_is_accepted) {
  const answer said = later.perform(action_call(), accepted_with("later"));
  expect(said, 202, outcome::in_progress, "later");
  EXPECT_TRUE(said.accepted);
}

TEST_F(barrier_table, an_action_of_any_generation_runs_where_there_is_no_row) {
  expect(act(7), 200, outcome::done);
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_table, an_accepted_action_is_answered_accepted_again) {
  be_accepted();
  const answer said = act();
  expect(said, 202, outcome::in_progress, R"({"state":"accepted"})");
  EXPECT_TRUE(said.accepted);
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_table, a_done_action_is_answered_from_the_store_byte_for_byte) {
  const std::string odd = std::string("{\"a\" :1.0,\t\"\xC3\xA4\":\"") + "\\u0000\"}";
  be(done_with(odd));
  expect(act(), 200, outcome::done, odd);
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_table, a_rejected_action_stays_rejected_though_it_would_succeed_now) {
  be_rejected();
  expect(act(), 409, outcome::rejected, R"({"why":"sold out"})");
  EXPECT_EQ(actions(), 0);
}

TEST_F(barrier_table, an_undone_action_is_refused) {
  be_undone();
  expect(act(), 410, outcome::refused);
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_table, another_request_of_the_same_generation_differs_from_accepted) {
  be_accepted();
  expect(act(1, "other"), 412, outcome::differs);
}

TEST_F(barrier_table, another_request_of_the_same_generation_differs_from_done_and_is_told_what_was_stored) {
  be_done();
  const answer said = act(1, "other");
  expect(said, 412, outcome::differs);
  EXPECT_THAT(said.body,
              testing::HasSubstr(R"("stored_generation":1,"stored_status":200,"stored_response":{"hold":"h-1"})"));
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_table, another_request_of_the_same_generation_differs_from_rejected) {
  be_rejected();
  expect(act(1, "other"), 412, outcome::differs);
  EXPECT_EQ(actions(), 0);
}

TEST_F(barrier_table, another_request_of_the_same_generation_is_refused_when_undone) {
  be_undone();
  expect(act(1, "other"), 410, outcome::refused);
}

TEST_F(barrier_table, a_higher_generation_waits_while_the_lower_is_accepted) {
  be_accepted();
  const answer said = act(2);
  expect(said, 425, outcome::in_progress);
  EXPECT_GT(said.retry_after_seconds, 0);
  EXPECT_FALSE(said.accepted);
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_table, a_higher_generation_differs_where_the_lower_took_effect) {
  be_done();
  expect(act(2), 412, outcome::differs);
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_table, a_higher_generation_runs_and_takes_the_row_where_the_lower_was_rejected) {
  be_rejected();
  expect(act(2, "other"), 200, outcome::done);
  EXPECT_EQ(actions(), 1);
  expect(earlier.perform(action_call(2, "other"), done_with("a third")), 200, outcome::done, R"({"hold":"h-2"})");
  EXPECT_EQ(actions(), 1) << "the duplicate of the new generation is answered from the store";
  expect(act(1), 410, outcome::refused);
}

TEST_F(barrier_table, a_higher_generation_is_refused_when_undone) {
  be_undone();
  expect(act(2), 410, outcome::refused);
}

TEST_F(barrier_table, a_lower_generation_is_refused_when_accepted) {
  be(accepted_with("later"), 5);
  expect(act(4), 410, outcome::refused);
}

TEST_F(barrier_table, a_lower_generation_is_refused_when_done) {
  be(done_with("yes"), 5);
  expect(act(4), 410, outcome::refused);
}

TEST_F(barrier_table, a_lower_generation_is_refused_when_rejected) {
  be(rejected_with("no"), 5);
  expect(act(4), 410, outcome::refused);
  EXPECT_EQ(actions(), 0);
}

TEST_F(barrier_table, a_lower_generation_is_refused_when_undone) {
  be(done_with("yes"), 5);
  earlier.perform(compensation_call(), done_with("undone"));
  expect(act(4), 410, outcome::refused);
}

TEST_F(barrier_table, a_compensation_that_overtakes_its_action_runs_nothing_and_shuts_the_door) {
  const answer said = earlier.perform(compensation_call(), done_with("undone"));
  expect(said, 200, outcome::done);
  EXPECT_THAT(said.body, testing::HasSubstr("nothing-to-undo"));
  EXPECT_EQ(undos(), 0);
  expect(act(), 410, outcome::refused);
  expect(act(9), 410, outcome::refused);
  EXPECT_EQ(actions(), 0);
}

TEST_F(barrier_table, a_compensation_of_an_accepted_action_runs_nothing_and_shuts_the_door) {
  be_accepted();
  expect(undo(), 200, outcome::done);
  EXPECT_EQ(undos(), 0);
  expect(act(), 410, outcome::refused);
}

TEST_F(barrier_table, a_compensation_of_a_done_action_undoes_it) {
  be_done();
  expect(undo(), 200, outcome::done, R"({"released":"later"})");
  EXPECT_EQ(undos(), 1);
}

TEST_F(barrier_table, a_compensation_of_a_rejected_action_runs_nothing) {
  be_rejected();
  const answer said = undo();
  expect(said, 200, outcome::done);
  EXPECT_THAT(said.body, testing::HasSubstr("nothing-to-undo"));
  EXPECT_EQ(undos(), 0);
  expect(act(2), 410, outcome::refused);
}

TEST_F(barrier_table, a_compensation_that_comes_again_is_answered_from_the_store) {
  be_undone();
  expect(undo(), 200, outcome::done, R"({"released":true})");
  EXPECT_EQ(undos(), 1);
}

TEST_F(barrier_table, a_compensation_of_nothing_that_comes_again_gets_the_same_bytes) {
  const answer first = earlier.perform(compensation_call(), done_with("undone"));
  expect(undo(), first.status, first.what, first.body);
}

TEST_F(barrier_table, a_compensation_s_generation_is_not_compared) {
  be(done_with("yes"), 5);
  call early = compensation_call();
  early.generation = 0;
  expect(later.perform(early, done_with("undone")), 200, outcome::done, "undone");
}

TEST_F(barrier_table, a_compensation_that_the_business_rejects_leaves_the_action_done) {
  be_done();
  expect(later.perform(compensation_call(), rejected_with("cannot")), 409, outcome::rejected, "cannot");
  EXPECT_EQ(undos(), 0);
  expect(act(), 200, outcome::done, R"({"hold":"h-1"})");
  expect(undo(), 200, outcome::done, R"({"released":"later"})");
}

TEST_F(barrier_table, rows_are_of_one_step) {
  be_undone();
  call settle = action_call();
  settle.step = "settle";
  expect(later.perform(settle, done_with("paid")), 200, outcome::done, "paid");
}

TEST_F(barrier_table, rows_are_of_one_saga) {
  be_undone();
  call other = action_call();
  other.saga.back() = other.saga.back() == '0' ? '1' : '0';
  expect(later.perform(other, done_with("held")), 200, outcome::done, "held");
}

}  // namespace
}  // namespace sagad::barrier::test
