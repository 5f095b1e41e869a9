#include <csignal>

#include "tests/integration/participants/letter_box.hpp"
#include "tests/integration/participants/market.hpp"

namespace sagad::participants::test {
namespace {

using testing::HasSubstr;

class late_at_escrow : public escrow_process {
 protected:
  void answer_later(int after_ms) {
    ASSERT_EQ(ask(port(), "POST", "/admin/later", R"({"path":"/v1/holds","after_ms":)" + std::to_string(after_ms) + "}")
                  .status,
              200);
  }
  heard release_jobs() { return ask(port(), "POST", "/admin/later/release", "{}"); }
  saga_call hold_with(const std::string& callback, int saga = 1, int amount = 250) {
    saga_call call = hold(saga, amount);
    call.callback = callback;
    return call;
  }
  static constexpr int hour_ms = 3'600'000;
};

TEST_F(late_at_escrow, is_accepted_first_and_done_when_its_time_has_come) {
  answer_later(hour_ms);
  const heard said = ask(port(), hold());
  EXPECT_EQ(said.status, 202);
  EXPECT_EQ(said.header("saga-outcome"), "in-progress");
  const std::string where = said.header("location");
  EXPECT_EQ(where, "/v1/answers/" + saga_number(1) + "/escrow");
  EXPECT_EQ(ask(port(), hold()).status, 202) << "a duplicate is accepted again";
  EXPECT_EQ(ask(port(), "GET", where).status, 202);
  EXPECT_EQ(effects(), 0U);
  EXPECT_EQ(release_jobs().body, R"({"released":1})");
  wait_until(where, R"({"hold":"h-1","amount":250})");
  const heard done = ask(port(), "GET", where);
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.header("saga-outcome"), "done");
  EXPECT_EQ(ask(port(), hold()).body, done.body);
  EXPECT_EQ(effects(), 1U);
}

TEST_F(late_at_escrow, the_callback_is_told_what_came_of_it) {
  letter_box box({204});
  answer_later(0);
  ask(port(), hold_with(box.url("one")));
  const auto letters = box.wait_for(1);
  EXPECT_EQ(letters[0].target, "/v1/callbacks/one");
  EXPECT_EQ(letters[0].outcome, "done");
  EXPECT_EQ(letters[0].body, R"({"hold":"h-1","amount":250})");
}

TEST_F(late_at_escrow, the_callback_is_told_of_a_rejection) {
  letter_box box({204});
  answer_later(0);
  ask(port(), hold_with(box.url("one"), 1, 5000));
  const auto letters = box.wait_for(1);
  EXPECT_EQ(letters[0].outcome, "rejected");
  EXPECT_THAT(letters[0].body, HasSubstr("insufficient-funds"));
  EXPECT_EQ(ask(port(), "GET", "/v1/answers/" + saga_number(1) + "/escrow").status, 409);
}

TEST_F(late_at_escrow, a_job_that_cannot_be_read_has_failed_and_may_be_asked_again) {
  letter_box box({204});
  answer_later(0);
  saga_call call = hold_with(box.url("one"));
  const std::string good = call.body;
  call.body = R"({"account":7})";
  EXPECT_EQ(ask(port(), call).status, 202);
  EXPECT_EQ(box.wait_for(1)[0].outcome, "failed");
  EXPECT_EQ(ask(port(), "GET", "/v1/answers/" + saga_number(1) + "/escrow").status, 404);
  call.body = good;
  EXPECT_EQ(ask(port(), call).status, 202);
  EXPECT_EQ(box.wait_for(2)[1].outcome, "done");
}

TEST_F(late_at_escrow, a_letter_is_sent_until_it_arrives) {
  letter_box box({503, 500, 204});
  answer_later(0);
  ask(port(), hold_with(box.url("one")));
  box.wait_for(3);
  ask(port(), hold_with(box.url("two"), 2));
  const auto letters = box.wait_for(4);
  EXPECT_EQ(letters[2].target, "/v1/callbacks/one");
  EXPECT_EQ(letters[3].target, "/v1/callbacks/two") << "the first was not sent a fourth time";
}

TEST_F(late_at_escrow, a_letter_that_nobody_awaits_is_not_sent_again) {
  letter_box box({410, 409, 204});
  answer_later(0);
  ask(port(), hold_with(box.url("one"), 1, 1));
  box.wait_for(1);
  ask(port(), hold_with(box.url("two"), 2, 1));
  box.wait_for(2);
  ask(port(), hold_with(box.url("three"), 3, 1));
  const auto letters = box.wait_for(3);
  EXPECT_EQ(letters[1].target, "/v1/callbacks/two");
  EXPECT_EQ(letters[2].target, "/v1/callbacks/three");
}

TEST_F(late_at_escrow, a_killed_participant_does_its_work_after_the_restart) {
  letter_box box({204});
  answer_later(hour_ms);
  EXPECT_EQ(ask(port(), hold_with(box.url("one"))).status, 202);
  running->signal(SIGKILL);
  EXPECT_EQ(running->wait(), -SIGKILL);
  restart();
  EXPECT_EQ(release_jobs().body, R"({"released":1})");
  EXPECT_EQ(box.wait_for(1)[0].outcome, "done");
  EXPECT_EQ(effects(), 1U);
}

TEST_F(late_at_escrow, a_letter_survives_the_restart) {
  letter_box box({204}, letter_box::at_first::closed);
  answer_later(0);
  ask(port(), hold_with(box.url("one")));
  wait_until("/v1/answers/" + saga_number(1) + "/escrow", "h-1");
  running->signal(SIGKILL);
  running->wait();
  box.open();
  restart();
  EXPECT_EQ(box.wait_for(1)[0].target, "/v1/callbacks/one");
}

TEST_F(late_at_escrow, what_was_undone_meanwhile_is_never_done_and_nobody_is_told) {
  letter_box box({204});
  answer_later(hour_ms);
  ask(port(), hold_with(box.url("undone"), 1));
  ask(port(), hold_with(box.url("other"), 2));
  EXPECT_THAT(ask(port(), release(1)).body, HasSubstr("nothing-to-undo"));
  EXPECT_EQ(ask(port(), "GET", "/v1/answers/" + saga_number(1) + "/escrow").status, 410);
  release_jobs();
  EXPECT_EQ(box.wait_for(1)[0].target, "/v1/callbacks/other");
  EXPECT_EQ(effects(), 1U);
  EXPECT_THAT(books(), HasSubstr(R"("balances":750,"held":250)"));
}

TEST_F(late_at_escrow, a_higher_generation_is_told_to_wait) {
  answer_later(hour_ms);
  ask(port(), hold());
  saga_call next = hold();
  next.generation = 2;
  const heard said = ask(port(), next);
  EXPECT_EQ(said.status, 425);
  EXPECT_EQ(said.header("saga-outcome"), "in-progress");
  EXPECT_NE(said.header("retry-after"), "");
}

TEST_F(late_at_escrow, may_be_asked_for_at_the_start_and_taken_back) {
  restart({"--answer-later", "/v1/holds=3600000"});
  EXPECT_EQ(ask(port(), hold(1)).status, 202);
  EXPECT_EQ(ask(port(), "POST", "/admin/later", R"({"path":"/v1/holds"})").status, 200);
  EXPECT_EQ(ask(port(), hold(2)).status, 200);
}

TEST_F(late_at_escrow, only_actions_can_be_late) {
  EXPECT_EQ(ask(port(), "POST", "/admin/later", R"({"path":"/v1/holds/release","after_ms":1})").status, 400);
}

}  // namespace
}  // namespace sagad::participants::test
