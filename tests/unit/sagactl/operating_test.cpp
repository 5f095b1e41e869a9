#include <gmock/gmock.h>

#include "tests/unit/sagactl/recorded_server.hpp"
#include "tests/unit/sagactl/texts.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(retry, is_sent_with_a_fresh_id_and_the_newest_record) {
  recorded_server server;
  server.then(200, stuck).then(200, running);
  EXPECT_EQ(server.run({"retry", id, "--reason", "rate is back"}), exit_code::ok) << server.complained;
  EXPECT_EQ(server.asked(0).method, "GET");
  EXPECT_EQ(server.asked(1).method, "POST");
  EXPECT_EQ(server.asked(1).target, "/v1/sagas/01KB0000000000000000000000/commands/retry");
  EXPECT_EQ(server.asked(1).body, R"({"id":"fresh-1","reason":"rate is back","if_seq":9})");
  EXPECT_THAT(server.said, HasSubstr("is now running"));
}

TEST(retry, takes_the_record_and_the_id_that_it_was_told) {
  recorded_server server;
  server.then(200, running);
  const auto ended =
      server.run({"retry", id, "--if-seq", "7", "--id", "mine", "--step", "rate", "--operation", "action"});
  EXPECT_EQ(ended, exit_code::ok);
  EXPECT_EQ(server.asked(0).body, R"({"id":"mine","if_seq":7,"step":"rate","operation":"action"})");
}

TEST(retry, can_be_sent_whatever_the_newest_record_is) {
  recorded_server server;
  server.then(200, running);
  EXPECT_EQ(server.run({"retry", id, "--any-seq"}), exit_code::ok);
  EXPECT_EQ(server.asked(0).body, R"({"id":"fresh-1"})");
}

TEST(retry, stops_when_the_saga_went_on_in_between) {
  recorded_server server;
  server.then(200, stuck).then(409, problem("changed-meanwhile", 409, "the newest record is 10"));
  EXPECT_EQ(server.run({"retry", id}), exit_code::refused);
  EXPECT_EQ(server.times_asked(), 2U);
  EXPECT_THAT(server.complained, HasSubstr("the newest record is 10"));
  EXPECT_THAT(server.complained, HasSubstr("look with `sagactl get ID`"));
}

TEST(pause, is_sent_again_when_the_saga_went_on_in_between) {
  recorded_server server;
  server.then(200, running).then(409, problem("changed-meanwhile", 409, "the newest record is 9"));
  server.then(200, stuck).then(200, stuck);
  EXPECT_EQ(server.run({"pause", id}), exit_code::ok) << server.complained;
  EXPECT_EQ(server.asked(1).body, R"({"id":"fresh-1","if_seq":3})");
  EXPECT_EQ(server.asked(3).body, R"({"id":"fresh-1","if_seq":9})");
}

TEST(cancel, goes_to_its_own_route) {
  recorded_server server;
  server.then(200, running).then(200, compensated);
  EXPECT_EQ(server.run({"cancel", id}), exit_code::ok);
  EXPECT_EQ(server.asked(1).target, "/v1/sagas/01KB0000000000000000000000/cancel");
}

TEST(skip, sends_the_response_and_that_nothing_happened) {
  recorded_server server;
  server.then(200, stuck).then(200, completed);
  const auto ended = server.run({"skip", id, "--step", "rate", "--body", "@-", "--nothing-happened", "-r", "by hand"},
                                R"({"rate": 1})");
  EXPECT_EQ(ended, exit_code::ok) << server.complained;
  EXPECT_EQ(server.asked(1).body, R"({"id":"fresh-1","reason":"by hand","if_seq":9,"step":"rate",)"
                                  R"("nothing_happened":true,"body":{"rate": 1}})");
}

TEST(edit, sends_nothing_when_the_body_is_no_json) {
  recorded_server server;
  EXPECT_EQ(server.run({"edit", id, "--step", "rate", "--body", R"({}, "force": true)", "--reason", "x"}),
            exit_code::usage);
  EXPECT_EQ(server.times_asked(), 0U);
}

TEST(compensate, wants_to_be_told_why) {
  recorded_server server;
  EXPECT_EQ(server.run({"compensate", id}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("--reason"));
  EXPECT_EQ(server.times_asked(), 0U);
}

TEST(resolve, lists_the_effects_that_stay) {
  recorded_server server;
  server.then(200, stuck)
      .then(200, R"({"id":"01KB","state":"resolved","outcome":"resolved","steps":[],)"
                 R"("remaining_effects":[{"step":"escrow","certain":"in doubt"}]})");
  EXPECT_EQ(server.run({"resolve", id, "--force", "--reason", "paid by hand"}), exit_code::ok);
  EXPECT_THAT(server.asked(1).body, HasSubstr(R"("force":true)"));
  EXPECT_THAT(server.said, HasSubstr("an effect that stays: escrow (in doubt)"));
}

TEST(commands, say_the_id_when_nobody_knows_whether_they_took_effect) {
  recorded_server server;
  server.then(200, stuck).then(0, "connection reset");
  EXPECT_EQ(server.run({"retry", id}), exit_code::unreachable);
  EXPECT_THAT(server.complained, HasSubstr("--id fresh-1"));
}

TEST(commands, are_refused_with_what_to_do_next) {
  recorded_server server;
  server.then(200, stuck).then(409, problem("in-flight", 409, "rate's action is in flight, times out in 900 ms"));
  EXPECT_EQ(server.run({"retry", id}), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr("times out in 900 ms"));
  EXPECT_THAT(server.complained, HasSubstr("Wait until the exchange has ended"));
}

}  // namespace
}  // namespace sagad::sagactl::testing
