#include <csignal>

#include "tests/integration/participants/market.hpp"

namespace sagad::participants::test {
namespace {

using testing::HasSubstr;

class faults_at_escrow : public escrow_process {};

TEST_F(faults_at_escrow, reject_is_a_rejection_that_stays_when_the_fault_is_gone) {
  fault(R"({"kind":"reject","next":1})");
  EXPECT_EQ(ask(port(), hold()).header("saga-outcome"), "rejected");
  EXPECT_EQ(ask(port(), hold()).header("saga-outcome"), "rejected");
  EXPECT_EQ(ask(port(), hold(2)).status, 200);
  EXPECT_EQ(effects(), 1U);
}

TEST_F(faults_at_escrow, reject_of_an_undo_leaves_the_action_done) {
  ask(port(), hold());
  fault(R"({"kind":"reject","next":1,"operation":"compensation"})");
  EXPECT_EQ(ask(port(), release()).status, 409);
  EXPECT_THAT(books(), HasSubstr(R"("held":250)"));
  EXPECT_EQ(ask(port(), release()).status, 200);
  EXPECT_THAT(books(), HasSubstr(R"("held":0)"));
}

TEST_F(faults_at_escrow, fail_changes_nothing) {
  fault(R"({"kind":"fail","next":1})");
  const heard said = ask(port(), hold());
  EXPECT_EQ(said.status, 500);
  EXPECT_EQ(said.header("saga-outcome"), "failed");
  EXPECT_EQ(effects(), 0U);
  EXPECT_THAT(books(), HasSubstr(R"("balances":1000,"held":0)"));
  EXPECT_EQ(ask(port(), hold()).status, 200);
}

TEST_F(faults_at_escrow, hang_for_a_time_does_nothing_and_then_fails) {
  fault(R"({"kind":"hang","next":1,"delay_ms":10})");
  EXPECT_EQ(ask(port(), hold()).status, 500);
  EXPECT_EQ(effects(), 0U);
}

TEST_F(faults_at_escrow, hang_for_ever_holds_nobody_else_up_and_ends_with_the_process) {
  fault(R"({"kind":"hang","next":1})");
  participant_wire hung(port());
  hung.send(hold().text());
  wait_until("/admin/faults", R"("faults":[])");
  for (int i = 2; i < 40; ++i) EXPECT_EQ(ask(port(), hold(i, 1)).status, 200);
  EXPECT_FALSE(hung.readable());
  EXPECT_EQ(effects(), 38U);
  running->signal(SIGTERM);
  EXPECT_EQ(hung.read().status, 500);
  EXPECT_EQ(running->wait(), 0);
}

TEST_F(faults_at_escrow, late_does_the_work_at_once_and_tells_it_later) {
  fault(R"({"kind":"late","next":1,"delay_ms":3600000})");
  participant_wire waiting(port());
  waiting.send(hold().text());
  wait_until("/admin/books", R"("held":250)");
  EXPECT_FALSE(waiting.readable());
  EXPECT_EQ(ask(port(), hold()).body, R"({"hold":"h-1","amount":250})") << "a second attempt hears it at once";
  EXPECT_FALSE(waiting.readable());
  running->signal(SIGTERM);
  EXPECT_EQ(waiting.read().body, R"({"hold":"h-1","amount":250})");
  EXPECT_EQ(running->wait(), 0);
}

TEST_F(faults_at_escrow, late_comes_by_itself) {
  fault(R"({"kind":"late","next":1,"delay_ms":20})");
  EXPECT_EQ(ask(port(), hold()).status, 200);
}

TEST_F(faults_at_escrow, answer_twice_works_on_the_request_twice_with_one_effect) {
  fault(R"({"kind":"answer_twice","rate":1})");
  for (int i = 1; i <= 20; ++i) {
    const heard said = ask(port(), hold(i, 10));
    EXPECT_EQ(said.status, 200);
    EXPECT_EQ(said.body, R"({"hold":"h-)" + std::to_string(i) + R"(","amount":10})");
    EXPECT_EQ(ask(port(), release(i)).status, 200);
  }
  EXPECT_EQ(effects(), 40U);
}

TEST_F(faults_at_escrow, exit_dies_after_the_commit_and_the_answer_is_still_known_afterwards) {
  fault(R"({"kind":"exit","next":1})");
  EXPECT_EQ(ask(port(), hold()).status, 0) << "the connection just ends";
  EXPECT_EQ(running->wait(), 86);
  restart();
  EXPECT_EQ(effects(), 1U);
  EXPECT_EQ(ask(port(), hold()).body, R"({"hold":"h-1","amount":250})");
  EXPECT_EQ(effects(), 1U);
}

TEST_F(faults_at_escrow, exit_by_rate_dies_whenever_it_strikes) {
  for (int life = 1; life <= 2; ++life) {
    restart({"--faults", R"({"kind":"exit","rate":1})"});
    EXPECT_EQ(ask(port(), hold(life, 1)).status, 0);
    EXPECT_EQ(running->wait(), 86);
  }
  restart();
  EXPECT_EQ(effects(), 2U);
}

TEST_F(faults_at_escrow, faults_may_be_set_at_the_start) {
  restart({"--faults", R"({"kind":"fail","next":1,"step":"escrow"})"});
  EXPECT_EQ(ask(port(), hold()).status, 500);
  EXPECT_EQ(ask(port(), hold()).status, 200);
}

TEST_F(faults_at_escrow, forgotten_faults_strike_nobody) {
  fault(R"([{"kind":"fail","rate":1},{"kind":"reject","rate":1}])");
  EXPECT_THAT(ask(port(), "DELETE", "/admin/faults").body, HasSubstr(R"("faults":[])"));
  EXPECT_EQ(ask(port(), hold()).status, 200);
}

TEST_F(faults_at_escrow, are_counted_when_they_happen_and_not_where_the_answer_is_known) {
  fault(R"([{"kind":"reject","next":1},{"kind":"fail","next":1},{"kind":"hang","next":1,"delay_ms":1},
            {"kind":"late","next":1,"delay_ms":1},{"kind":"answer_twice","next":1}])");
  for (int i = 1; i <= 5; ++i) ask(port(), hold(i, 10));
  constexpr const char* each_once = R"("happened":{"reject":1,"fail":1,"hang":1,"late":1,"answer_twice":1})";
  EXPECT_THAT(ask(port(), "GET", "/admin/faults").body, HasSubstr(std::string(R"("calls":5,)") + each_once));
  fault(R"([{"kind":"reject","next":1},{"kind":"fail","next":1}])");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ask(port(), hold(5, 10)).status, 200);
  EXPECT_THAT(ask(port(), "GET", "/admin/faults").body, HasSubstr(std::string(R"("calls":7,)") + each_once));
}

TEST_F(faults_at_escrow, a_rule_that_cannot_be_meant_is_told_what_to_write) {
  const heard said = ask(port(), "POST", "/admin/faults", R"({"kind":"sulk","next":1})");
  EXPECT_EQ(said.status, 400);
  EXPECT_THAT(said.body, HasSubstr("answer_twice"));
}

/// A kind that the process survives: its rule without how often, what a call that it strikes hears, and whether the
/// call's effect happens.
struct lasting_fault {
  std::string name;
  std::string rule;
  int status = 0;
  bool effect = false;
};

class lasting_faults_at_escrow : public escrow_process, public testing::WithParamInterface<lasting_fault> {
 protected:
  void set(const std::string& how_often) { fault("{" + GetParam().rule + "," + how_often + "}"); }
  std::int64_t struck() {
    const std::string said = ask(port(), "GET", "/admin/faults").body;
    const std::string before = "\"" + GetParam().name + "\":";
    const auto at = said.find(before, said.find(R"("happened":{)"));
    return std::stoll(said.substr(at + before.size()));
  }
};

TEST_P(lasting_faults_at_escrow, strikes_the_next_calls_is_counted_and_leaves) {
  set(R"("next":2)");
  for (int saga = 1; saga <= 3; ++saga) {
    const std::string rules = ask(port(), "GET", "/admin/faults").body;
    EXPECT_EQ(rules.find(R"("kind":")" + GetParam().name) != std::string::npos, saga <= 2) << rules;
    EXPECT_EQ(struck(), saga - 1);
    EXPECT_EQ(ask(port(), hold(saga, 1)).status, saga <= 2 ? GetParam().status : 200);
  }
  EXPECT_EQ(struck(), 2);
  EXPECT_EQ(effects(), GetParam().effect ? 3U : 1U);
}

TEST_P(lasting_faults_at_escrow, strikes_by_rate_and_is_counted_as_often) {
  set(R"("rate":0.5)");
  constexpr int calls = 40;
  int heard = 0;
  for (int saga = 1; saga <= calls; ++saga) {
    if (ask(port(), hold(saga, 1)).status == GetParam().status) ++heard;
  }
  EXPECT_GT(struck(), 5);
  EXPECT_LT(struck(), calls - 5);
  EXPECT_EQ(heard, GetParam().status == 200 ? calls : struck());
  EXPECT_EQ(effects(), static_cast<std::size_t>(GetParam().effect ? calls : calls - struck()));
}

INSTANTIATE_TEST_SUITE_P(kinds, lasting_faults_at_escrow,
                         testing::Values(lasting_fault{"reject", R"("kind":"reject")", 409, false},
                                         lasting_fault{"fail", R"("kind":"fail")", 500, false},
                                         lasting_fault{"hang", R"("kind":"hang","delay_ms":1)", 500, false},
                                         lasting_fault{"late", R"("kind":"late","delay_ms":1)", 200, true},
                                         lasting_fault{"answer_twice", R"("kind":"answer_twice")", 200, true}),
                         [](const testing::TestParamInfo<lasting_fault>& one) { return one.param.name; });

}  // namespace
}  // namespace sagad::participants::test
