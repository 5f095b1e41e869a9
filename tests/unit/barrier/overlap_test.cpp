#include <thread>

#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::barrier::test {
namespace {

/// Two calls for one row at once: the second stands before the first's lock, seen to wait there, when the first begins
/// its work, and gets its turn when the first has committed.
class barrier_overlap : public testing::Test {
 protected:
  template <typename First, typename Second>
  void meet(First one, Second two) {
    ASSERT_TRUE(first.db.begin());
    std::thread other(two);
    const bool waits = watch.callers_wait(1);
    one();
    first.db.commit();
    other.join();
    ASSERT_TRUE(waits) << "the second never waited: the two did not overlap";
  }
  /// What both hear.
  void meet(const call& one, const business_result& one_says, const call& two, const business_result& two_says) {
    meet([&] { heard_first = enter(one, one_says); }, [&] { heard_second = second.perform(two, two_says); });
  }
  answer enter(const call& of, const business_result& says) {
    return first.barrier.enter(of, first.happened.doing(of.of == operation::action ? "action" : "undo", says));
  }
  std::optional<answer> finish(const business_result& says) {
    return first.barrier.finish(action_call(), first.happened.doing("action", says));
  }

  std::int64_t actions() { return first.happened.times("action"); }
  std::int64_t undos() { return first.happened.times("undo"); }

  static void expect(const answer& got, int status, outcome what, const std::string& body) {
    EXPECT_EQ(got.status, status);
    EXPECT_EQ(name_of(got.what), name_of(what));
    EXPECT_THAT(got.body, testing::HasSubstr(body));
  }

  lock_watch watch;
  scratch_database file;
  side first{file.options()};
  side second{file.options()};
  answer heard_first;
  answer heard_second;
};

TEST_F(barrier_overlap, a_duplicate_inside_the_first_waits_and_hears_the_same) {
  meet(action_call(), done_with("the first"), action_call(), done_with("the second"));
  expect(heard_first, 200, outcome::done, "the first");
  expect(heard_second, 200, outcome::done, "the first");
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_overlap, a_duplicate_inside_an_accepted_action_is_accepted_too) {
  meet(action_call(), accepted_with("later"), action_call(), done_with("the second"));
  expect(heard_second, 202, outcome::in_progress, "later");
  EXPECT_EQ(heard_first.body, heard_second.body);
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_overlap, a_duplicate_inside_a_rejected_action_is_rejected_too) {
  meet(action_call(), rejected_with("sold out"), action_call(), done_with("the second"));
  expect(heard_second, 409, outcome::rejected, "sold out");
  EXPECT_EQ(actions(), 0);
}

TEST_F(barrier_overlap, a_duplicate_inside_an_action_that_fails_runs) {
  meet([&] { EXPECT_THROW(first.barrier.enter(action_call(), first.happened.failing("action")), std::runtime_error); },
       [&] { heard_second = second.perform(action_call(), done_with("the second")); });
  expect(heard_second, 200, outcome::done, "the second");
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_overlap, another_request_inside_the_first_differs) {
  meet(action_call(), done_with("7"), action_call(1, "other"), done_with("the second"));
  expect(heard_second, 412, outcome::differs, R"("stored_response":7)");
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_overlap, a_second_undo_inside_the_first_hears_the_same) {
  first.perform(action_call(), done_with("held"));
  meet(compensation_call(), done_with("undone"), compensation_call(), done_with("again"));
  expect(heard_first, 200, outcome::done, "undone");
  expect(heard_second, 200, outcome::done, "undone");
  EXPECT_EQ(undos(), 1);
}

TEST_F(barrier_overlap, a_second_undo_inside_one_that_the_business_rejects_has_its_own_try) {
  first.perform(action_call(), done_with("held"));
  meet(compensation_call(), rejected_with("cannot"), compensation_call(), done_with("undone"));
  expect(heard_first, 409, outcome::rejected, "cannot");
  expect(heard_second, 200, outcome::done, "undone");
  EXPECT_EQ(undos(), 1);
}

TEST_F(barrier_overlap, two_undos_of_nothing_undo_nothing) {
  meet(compensation_call(), done_with("undone"), compensation_call(), done_with("again"));
  expect(heard_first, 200, outcome::done, "nothing-to-undo");
  EXPECT_EQ(heard_second.body, heard_first.body);
  EXPECT_EQ(undos(), 0);
}

TEST_F(barrier_overlap, an_action_inside_the_undo_that_overtook_it_is_refused) {
  meet(compensation_call(), done_with("undone"), action_call(), done_with("held"));
  expect(heard_first, 200, outcome::done, "nothing-to-undo");
  expect(heard_second, 410, outcome::refused, "undone");
  EXPECT_EQ(actions(), 0);
}

TEST_F(barrier_overlap, a_duplicate_action_inside_its_undo_is_refused) {
  first.perform(action_call(), done_with("held"));
  meet(compensation_call(), done_with("released"), action_call(), done_with("again"));
  expect(heard_first, 200, outcome::done, "released");
  expect(heard_second, 410, outcome::refused, "undone");
  EXPECT_EQ(actions(), 1);
  EXPECT_EQ(undos(), 1);
}

TEST_F(barrier_overlap, a_duplicate_action_inside_an_undo_that_the_business_rejects_is_answered_from_the_store) {
  first.perform(action_call(), done_with("held"));
  meet(compensation_call(), rejected_with("cannot"), action_call(), done_with("again"));
  expect(heard_second, 200, outcome::done, "held");
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_overlap, an_undo_inside_its_action_undoes_it_afterwards) {
  meet(action_call(), done_with("held"), compensation_call(), done_with("released"));
  expect(heard_first, 200, outcome::done, "held");
  expect(heard_second, 200, outcome::done, "released");
  EXPECT_EQ(actions(), 1);
  EXPECT_EQ(undos(), 1);
}

TEST_F(barrier_overlap, an_undo_inside_a_rejected_action_undoes_nothing) {
  meet(action_call(), rejected_with("sold out"), compensation_call(), done_with("released"));
  expect(heard_second, 200, outcome::done, "nothing-to-undo");
  EXPECT_EQ(undos(), 0);
}

TEST_F(barrier_overlap, an_undo_inside_an_accepted_action_undoes_nothing_and_the_job_is_not_awaited) {
  meet(action_call(), accepted_with("later"), compensation_call(), done_with("released"));
  expect(heard_second, 200, outcome::done, "nothing-to-undo");
  ASSERT_TRUE(first.db.begin());
  EXPECT_FALSE(finish(done_with("held")));
  first.db.commit();
  EXPECT_EQ(undos(), 0);
}

TEST_F(barrier_overlap, a_higher_generation_inside_the_lower_that_takes_effect_differs) {
  meet(action_call(1), done_with("1"), action_call(2, "other"), done_with("the second"));
  expect(heard_second, 412, outcome::differs, R"("stored_generation":1)");
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_overlap, a_higher_generation_inside_the_lower_that_is_rejected_runs) {
  meet(action_call(1), rejected_with("sold out"), action_call(2, "other"), done_with("the second"));
  expect(heard_first, 409, outcome::rejected, "sold out");
  expect(heard_second, 200, outcome::done, "the second");
  EXPECT_EQ(actions(), 1);
}

TEST_F(barrier_overlap, a_higher_generation_inside_the_lower_that_is_accepted_is_told_to_wait) {
  meet(action_call(1), accepted_with("later"), action_call(2, "other"), done_with("the second"));
  expect(heard_second, 425, outcome::in_progress, "");
  EXPECT_FALSE(heard_second.accepted);
  EXPECT_GT(heard_second.retry_after_seconds, 0);
}

TEST_F(barrier_overlap, a_lower_generation_inside_the_higher_is_refused) {
  for (const auto& says : {done_with("yes"), rejected_with("no"), accepted_with("later")}) {
    call higher = action_call(2);
    call lower = action_call(1);
    higher.step = lower.step = "step-" + std::to_string(says.status);
    meet(higher, says, lower, done_with("the lower"));
    expect(heard_second, 410, outcome::refused, "later generation");
  }
}

TEST_F(barrier_overlap, an_undo_inside_the_late_job_s_commit_undoes_it_afterwards) {
  first.perform(action_call(), accepted_with("later"));
  const auto before = actions();
  meet([&] { EXPECT_EQ(finish(done_with("held")).value().body, "held"); },
       [&] { heard_second = second.perform(compensation_call(), done_with("released")); });
  expect(heard_second, 200, outcome::done, "released");
  EXPECT_EQ(actions(), before + 1);
  EXPECT_EQ(undos(), 1);
}

TEST_F(barrier_overlap, the_late_job_s_commit_inside_an_undo_changes_nothing) {
  first.perform(action_call(), accepted_with("later"));
  const auto before = actions();
  bool awaited = true;
  meet([&] { heard_first = enter(compensation_call(), done_with("released")); },
       [&] {
         if (!second.db.begin()) return;
         awaited = second.barrier.finish(action_call(), second.happened.doing("action", done_with("held"))).has_value();
         second.db.commit();
       });
  expect(heard_first, 200, outcome::done, "nothing-to-undo");
  EXPECT_FALSE(awaited);
  EXPECT_EQ(actions(), before);
  EXPECT_EQ(undos(), 0);
}

TEST_F(barrier_overlap, a_duplicate_inside_the_late_job_s_commit_hears_its_end) {
  first.perform(action_call(), accepted_with("later"));
  meet([&] { EXPECT_TRUE(finish(done_with("held"))); },
       [&] { heard_second = second.perform(action_call(), done_with("again")); });
  expect(heard_second, 200, outcome::done, "held");
}

TEST_F(barrier_overlap, an_action_inside_the_undo_of_what_was_accepted_is_refused) {
  first.perform(action_call(), accepted_with("later"));
  meet(compensation_call(), done_with("released"), action_call(), done_with("again"));
  expect(heard_second, 410, outcome::refused, "undone");
}

TEST_F(barrier_overlap, a_wait_is_bounded_and_ends_in_425_with_nothing_run) {
  side impatient(file.options(std::chrono::milliseconds(20)));
  for (const auto& of : {action_call(), action_call(2), compensation_call()}) {
    ASSERT_TRUE(first.db.begin());
    heard_second = impatient.perform(of, done_with("the second"));
    heard_first = enter(action_call(), done_with("the first"));
    first.db.commit();
    expect(heard_first, 200, outcome::done, "the first");
    expect(heard_second, 425, outcome::in_progress, "Send the same request again");
    EXPECT_GT(heard_second.retry_after_seconds, 0);
  }
  EXPECT_EQ(actions(), 1);
  EXPECT_EQ(undos(), 0);
  expect(impatient.perform(action_call(), done_with("the second")), 200, outcome::done, "the first");
}

TEST_F(barrier_overlap, many_duplicates_at_once_run_once) {
  std::vector<std::unique_ptr<side>> sides;
  for (int i = 0; i < 8; ++i) sides.push_back(std::make_unique<side>(file.options()));
  std::vector<answer> heard(sides.size());
  std::vector<std::thread> callers;
  ASSERT_TRUE(first.db.begin());
  for (std::size_t i = 0; i < heard.size(); ++i) {
    callers.emplace_back(
        [&, i] { heard[i] = sides[i]->perform(action_call(), done_with("caller " + std::to_string(i))); });
  }
  const bool all_wait = watch.callers_wait(heard.size());
  first.db.rollback();
  for (auto& caller : callers) caller.join();
  EXPECT_TRUE(all_wait);
  for (const auto& one : heard) EXPECT_EQ(one.body, heard[0].body);
  EXPECT_THAT(heard[0].body, testing::StartsWith("caller "));
  EXPECT_EQ(actions(), 1);
}

}  // namespace
}  // namespace sagad::barrier::test
