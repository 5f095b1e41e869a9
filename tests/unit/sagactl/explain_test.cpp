#include <gmock/gmock.h>

#include "tests/unit/sagactl/recorded_server.hpp"
#include "tests/unit/sagactl/texts.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// What `explain` says of a saga with these records.
std::string explained(const std::string& saga, const std::string& records = "[]") {
  recorded_server server;
  server.then(200, saga).then(200, records);
  EXPECT_EQ(server.run({"explain", id}), exit_code::ok) << server.complained;
  EXPECT_EQ(server.asked(0).target, std::string("/v1/sagas/") + id);
  EXPECT_EQ(server.asked(1).target, std::string("/v1/sagas/") + id + "/events?after=0&limit=1000");
  return server.said;
}

std::string saga_with(const std::string& members, const std::string& steps = "[]") {
  return R"({"id":"01KB0000000000000000000000","definition":"sale","seq":3,"key":"k",)"
         R"("started":"2026-11-18T11:06:30.000Z","changed":"2026-11-18T11:06:38.000Z",)" +
         members + R"(,"steps":)" + steps + "}";
}

std::string open_step(const std::string& operation, const std::string& members) {
  return R"([{"step":"rate","participant":"shop","state":"open",")" + operation + R"(":{"tries":2,)" + members + "}}]";
}

TEST(explain, tells_a_stuck_saga_since_when_why_and_what_to_type) {
  const auto said = explained(stuck,
                              R"([{"seq":8,"time":"2026-11-18T11:06:36.000Z","events":[
      {"event":"withheld","step":"rate","operation":"action","cause":"not_sent"},
      {"event":"failed","step":"rate","operation":"action","cause":"timed_out"},
      {"event":"failed","step":"settle","operation":"action","cause":"cut"},
      {"event":"withheld","step":"rate","operation":"action","cause":"not_sent"}]},
     {"seq":9,"time":"2026-11-18T11:06:38.000Z","events":[
      {"event":"blocked","step":"rate","operation":"action","cause":"budget_spent"}]}])");
  EXPECT_THAT(said, HasSubstr("settle is done."));
  EXPECT_THAT(said, HasSubstr("It is stuck at rate for 2s (since 2026-11-18T11:06:38.000Z): its attempts or its time "
                              "are used up."));
  EXPECT_THAT(said,
              HasSubstr("It was tried 3 times (2 x the participant could not be reached and 1 x no answer in time)."));
  EXPECT_THAT(said,
              HasSubstr("The last thing heard of rate: the participant could not be reached (connection refused)."));
  EXPECT_THAT(said, HasSubstr("It is not asked again by itself: a person decides."));
  EXPECT_THAT(said,
              AllOf(HasSubstr("What can be done:"), HasSubstr("sagactl retry 01KB0000000000000000000000 --step rate"),
                    HasSubstr("sagactl skip "), HasSubstr("sagactl compensate "), HasSubstr("sagactl resolve ")));
}

TEST(explain, names_the_saga_its_definition_and_its_key) {
  EXPECT_THAT(
      explained(saga_with(R"("state":"running","direction":"forward")")),
      HasSubstr("Saga 01KB0000000000000000000000 of the definition sale, with the key k, was started 10s ago."));
}

TEST(explain, tells_until_when_a_late_answer_is_awaited) {
  const auto said =
      explained(saga_with(R"("state":"running","direction":"forward","deadline":"2026-11-18T12:00:00.000Z")",
                          open_step("action", R"("state":"accepted","awaited_until":"2026-11-19T11:06:30.000Z")")));
  EXPECT_THAT(
      said,
      HasSubstr("It waits for the late answer of rate: shop accepted it, and has time until 2026-11-19T11:06:30.000Z"));
  EXPECT_THAT(said, HasSubstr("At its deadline, "));
  EXPECT_THAT(said,
              AllOf(HasSubstr("sagactl watch "), HasSubstr("sagactl compensate "), Not(HasSubstr("sagactl resolve "))));
}

TEST(explain, tells_when_the_next_try_is) {
  EXPECT_THAT(explained(saga_with(R"("state":"running","direction":"forward","past_return":true)",
                                  open_step("action", R"("state":"retrying","next_at":"2999-01-01T00:00:00.000Z")"))),
              AllOf(HasSubstr("The point of no return is passed"), HasSubstr("It is asked again by itself in "),
                    Not(HasSubstr("deadline")), Not(HasSubstr("sagactl compensate"))));
  EXPECT_THAT(explained(saga_with(R"("state":"running","direction":"forward")",
                                  open_step("action", R"("state":"retrying","next_at":"2020-01-01T00:00:00.000Z")"))),
              HasSubstr("It is due to be asked again now."));
  EXPECT_THAT(explained(running), HasSubstr("It waits for the answer of transfer: transfer is being asked right now."));
  EXPECT_THAT(explained(saga_with(R"("state":"running","direction":"forward")",
                                  open_step("action", R"("state":"calling","held":"its circuit is open")"))),
              HasSubstr("It waits for rate, which is held back: its circuit is open."));
  EXPECT_THAT(explained(saga_with(R"("state":"running","direction":"forward")",
                                  open_step("action", R"("state":"calling","held":"rate says why.")"))),
              AllOf(HasSubstr("which is held back: rate says why."), Not(HasSubstr(".."))));
}

TEST(explain, tells_until_when_a_step_is_tried_and_what_then) {
  const std::string limits = R"("state":"retrying","gives_up_at":"2026-11-18T11:15:40.000Z",)";
  const std::string forward = R"("state":"running","direction":"forward")";
  EXPECT_THAT(
      explained(saga_with(forward, open_step("action", limits + R"("tries_left":3,"gives_up_by":"turning_back")"))),
      HasSubstr("It is given up in 9m (2026-11-18T11:15:40.000Z) or with 3 more tries that fail: then the saga "
                "turns back."));
  EXPECT_THAT(explained(saga_with(forward, open_step("action", limits + R"("gives_up_by":"blocking")"))),
              HasSubstr("It is given up in 9m (2026-11-18T11:15:40.000Z): then it is stuck there, for a person"));
  EXPECT_THAT(explained(saga_with(forward, open_step("action", R"("state":"retrying")"))), Not(HasSubstr("given up")));
}

TEST(explain, does_not_say_of_a_pivot_that_was_never_reached_that_there_is_only_forward) {
  const std::string passed = R"("state":"running","direction":"forward","past_return":true)";
  const std::string pivot =
      R"("state":"calling","gives_up_at":"2026-11-18T11:15:40.000Z","gives_up_by":"turning_back")";
  const auto said = explained(saga_with(passed, open_step("action", pivot)));
  EXPECT_THAT(said, HasSubstr("no command and no deadline turns it back any more."));
  EXPECT_THAT(said, HasSubstr("shop was never reached: if that stays so, the saga turns back by itself in 9m "
                              "(2026-11-18T11:15:40.000Z)."));
  EXPECT_THAT(said, AllOf(Not(HasSubstr("only go forward")), Not(HasSubstr("sagactl compensate"))));
  const auto asked = explained(saga_with(passed, open_step("action", pivot + R"(,"in_flight":true)")));
  EXPECT_THAT(asked, AllOf(HasSubstr("it can only go forward"), Not(HasSubstr("never reached"))));
}

TEST(explain, tells_what_an_open_circuit_heard_and_until_when_it_holds) {
  const std::string held =
      R"("state":"calling","held":"circuit open: connection refused",)"
      R"("next_at":"2026-11-18T11:06:36.000Z","held_since":"2026-11-18T11:06:36.000Z","held_until":)";
  const std::string forward = R"("state":"running","direction":"forward","deadline":"2026-11-18T11:07:10.000Z")";
  const auto said = explained(saga_with(forward, open_step("action", held + R"("2026-11-18T11:06:45.000Z")")));
  EXPECT_THAT(said, HasSubstr("It waits for rate, which is held back for 4s (since 2026-11-18T11:06:36.000Z): "
                              "circuit open: connection refused."));
  EXPECT_THAT(said, Not(HasSubstr("It is due to be asked")));
  EXPECT_THAT(said, HasSubstr("shop is asked again in 5s (2026-11-18T11:06:45.000Z) at the earliest: one call"));
  EXPECT_THAT(said, HasSubstr("At its deadline, in 30s (2026-11-18T11:07:10.000Z), it turns back if it is still held "
                              "back then."));
  EXPECT_THAT(explained(saga_with(forward, open_step("action", held + R"("2026-11-18T11:06:40.000Z")"))),
              HasSubstr("shop is asked again now: one call"));
}

TEST(explain, tells_why_a_saga_goes_backward) {
  const auto said = explained(saga_with(
      R"("state":"compensating","direction":"backward","turned_back":{"cause":"rejected","step":"pay","detail":"no money"})",
      open_step("compensation", R"("state":"retrying","next_at":"2999-01-01T00:00:00.000Z")")));
  EXPECT_THAT(said, HasSubstr("It turned back: step pay: the participant said no: no money."));
  EXPECT_THAT(said, HasSubstr("It waits for the undo of rate."));
}

TEST(explain, ends_what_others_wrote_with_one_full_stop) {
  const auto turned = [](const std::string& by) {
    return explained(saga_with(R"("state":"compensating","direction":"backward","turned_back":)" + by,
                               open_step("compensation", R"("state":"retrying")")));
  };
  EXPECT_THAT(turned(R"({"cause":"rejected","step":"pay","detail":"The hotel is full."})"),
              HasSubstr("It turned back: step pay: the participant said no: The hotel is full. It waits"));
  EXPECT_THAT(turned(R"({"cause":"compensate_command","detail":"a fraud"})"),
              HasSubstr("It was turned back by an operator: a fraud. It waits"));
}

TEST(explain, tells_who_paused_a_saga) {
  const auto said = explained(saga_with(
      R"("state":"paused","direction":"forward","last_command":{"command":"pause","actor":"ann","at":"2026-11-18T11:06:38.000Z","reason":"audit"})",
      open_step("action", R"("state":"retrying","next_at":"2020-01-01T00:00:00.000Z")")));
  EXPECT_THAT(said, HasSubstr("It was paused by ann "));
  EXPECT_THAT(said, AllOf(HasSubstr("because: audit."), HasSubstr("sagactl resume "), Not(HasSubstr("asked again"))));
}

TEST(explain, tells_how_a_saga_ended) {
  EXPECT_THAT(explained(completed), AllOf(HasSubstr("It ended completed after 9s"), HasSubstr("Its output is {"),
                                          HasSubstr("sagactl records"), Not(HasSubstr("sagactl resolve"))));
  EXPECT_THAT(explained(compensated), AllOf(HasSubstr("step transfer: the participant said no: Only 3 are left."),
                                            HasSubstr("escrow is undone.")));
  EXPECT_THAT(explained(saga_with(R"("state":"resolved","outcome":"resolved","last_command":{"command":"resolve",)"
                                  R"("actor":"bob","at":"2026-11-18T11:06:38.000Z"},"remaining_effects":)"
                                  R"([{"step":"pay","certain":"yes"},{"step":"rate","certain":"in doubt"}])")),
              AllOf(HasSubstr("It was closed by bob"), HasSubstr("Effects that stay: pay and rate (in doubt).")));
}

TEST(explain, tells_what_no_command_helps) {
  EXPECT_THAT(
      explained(R"({"id":"01KB0000000000000000000000","state":"stuck","stuck_by":"internal","seq":3,"steps":[]})"),
      AllOf(HasSubstr("It is stuck by a fault inside"), Not(HasSubstr("sagactl retry"))));
}

TEST(explain, gives_programs_the_saga_and_its_records) {
  recorded_server server;
  server.then(200, running).then(200, "[]");
  EXPECT_EQ(server.run({"explain", id, "--json"}), exit_code::ok);
  EXPECT_EQ(server.said, "{\"saga\":" + running + ",\"records\":[]}\n");
}

TEST(explain, reports_what_the_server_refuses) {
  recorded_server server;
  server.then(404, problem("not-found", 404, "no such saga"));
  EXPECT_EQ(server.run({"explain", id}), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr("no such saga"));
}

}  // namespace
}  // namespace sagad::sagactl::testing
