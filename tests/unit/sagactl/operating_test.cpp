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
  EXPECT_THAT(server.complained,
              HasSubstr("look with `sagactl get 01KB0000000000000000000000`. If the command still fits, "
                        "type `sagactl retry 01KB0000000000000000000000` again"));
}

TEST(retry, is_told_again_with_whatever_words_it_was_typed) {
  recorded_server server;
  server.then(200, stuck).then(409, problem("changed-meanwhile", 409, "the newest record is 10"));
  EXPECT_EQ(server.run({"retry", id, "--reason", "COMMAND of SAGA as TYPED"}), exit_code::refused);
  EXPECT_THAT(server.complained,
              HasSubstr("look with `sagactl get 01KB0000000000000000000000`. If the command still fits, type `sagactl "
                        "retry 01KB0000000000000000000000 --reason 'COMMAND of SAGA as TYPED'` again"));
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

TEST(compensate, that_only_force_does_is_told_as_it_is_typed) {
  recorded_server server;
  server.then(200, stuck)
      .then(409, problem("state-refuses", 409, "it can only go forward; `force` undoes what it can"));
  EXPECT_EQ(server.run({"compensate", id, "--token=secret", "--reason", "it's fraud"}), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr("it can only go forward; --force undoes what it can\n"));
  EXPECT_THAT(server.complained,
              HasSubstr("  next: `sagactl compensate 01KB0000000000000000000000 --reason 'it'\\''s fraud' --force`\n"));
  EXPECT_THAT(server.complained, Not(HasSubstr("secret")));

  recorded_server apart;
  apart.then(200, stuck).then(409, problem("state-refuses", 409, "`force` does"));
  EXPECT_EQ(apart.run({"--token", "secret", "compensate", id, "-r", "x"}), exit_code::refused);
  EXPECT_THAT(apart.complained, HasSubstr("`sagactl compensate 01KB0000000000000000000000 -r x --force`\n"));
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

constexpr auto job_running =
    R"({"id":"fresh-1","command":"retry","state":"running","found":3,"found_all":false,"under_way":3,"done":0})";

TEST(retry_of_all, is_sent_as_one_job_and_followed_until_it_is_over) {
  recorded_server server;
  server.then(202, job_running).then(200, job_running);
  server.then(200,
              R"({"id":"fresh-1","command":"retry","state":"done","ended":"x","found":3,"found_all":true,"done":3})");
  EXPECT_EQ(server.run({"retry", "--all", "--state", "stuck", "--definition", "sale", "--step", "transfer", "--label",
                        "shop=north", "--reason", "it is back"}),
            exit_code::ok)
      << server.complained;
  EXPECT_EQ(server.asked(0).method, "POST");
  EXPECT_EQ(server.asked(0).target, "/v1/commands");
  EXPECT_EQ(
      server.asked(0).body,
      R"({"command":"retry","filter":{"state":"stuck","definition":"sale","step":"transfer","label.shop":"north"},)"
      R"("reason":"it is back","step":"transfer","id":"fresh-1"})");
  EXPECT_EQ(server.asked(1).target, "/v1/commands/fresh-1?limit=0");
  EXPECT_THAT(server.said, HasSubstr("retry: 3 found, 3 done\n"));
  EXPECT_THAT(server.complained, HasSubstr("`sagactl stop fresh-1`"));
}

TEST(retry_of_all, tells_what_was_not_done_and_ends_as_refused) {
  recorded_server server;
  server.then(202,
              R"({"command":"retry","state":"done","ended":"x","found":2,"found_all":true,"done":1,"moved_on":1})");
  server.then(200, R"({"results":[{"saga":"01KB","outcome":"moved_on","why":"changed-meanwhile"}],"next":null})");
  EXPECT_EQ(server.run({"retry", "--all", "--state", "stuck", "--id", "night"}), exit_code::refused);
  EXPECT_EQ(server.asked(1).target, "/v1/commands/night?limit=20&outcome=moved_on");
  EXPECT_THAT(server.said, HasSubstr("retry: 2 found, 1 done, 1 moved on in between\n"));
  EXPECT_THAT(server.said, HasSubstr("01KB: moved on in between (changed-meanwhile)"));
}

TEST(retry_of_all, says_what_to_type_when_the_server_is_gone_or_has_forgotten_it) {
  for (const auto& [status, body] : {std::pair{0, std::string("connection refused")},
                                     std::pair{404, problem("not-found", 404, "no such job is known")}}) {
    recorded_server server;
    server.then(202, job_running).then(status, body);
    EXPECT_NE(server.run({"retry", "--all", "--state", "stuck", "--since", "2h"}), exit_code::ok);
    EXPECT_THAT(server.complained, HasSubstr("type the command again with --id fresh-1 --since 2026-11-18T"));
  }
}

TEST(retry_of_all, goes_through_all_results_for_programs) {
  recorded_server server;
  server.then(200, R"({"command":"retry","state":"done","ended":"x","found":1,"found_all":true,"done":1})");
  server.then(200, R"({"results":[{"saga":"a"}],"next":1000})").then(200, R"({"results":[{"saga":"b"}],"next":null})");
  EXPECT_EQ(server.run({"--json", "retry", "--all", "--state", "stuck", "--id", "j"}), exit_code::ok);
  EXPECT_EQ(server.asked(2).target, "/v1/commands/j?limit=1000&from=1000");
  EXPECT_EQ(server.said,
            "{\"results\":[{\"saga\":\"a\"}],\"next\":1000}\n{\"results\":[{\"saga\":\"b\"}],\"next\":null}\n");
}

TEST(retry_of_all, takes_a_job_with_its_results_as_the_server_writes_it) {
  recorded_server server;
  server.then(202, R"({"command":"retry","state":"running","found":1,"found_all":true,"done":0})");
  server.then(200, R"({"command":"retry","state":"done","ended":"x","found":1,"found_all":true,"done":1,)"
                   R"("results":[{"saga":"01KB","outcome":"done"}],"next":1})");
  EXPECT_EQ(server.run({"retry", "--all", "--state", "stuck", "--id", "j"}), exit_code::ok) << server.complained;
  EXPECT_THAT(server.said, HasSubstr("retry: 1 found, 1 done\n"));
}

TEST(retry_of_all, only_counts_in_a_dry_run) {
  recorded_server server;
  server.then(200, R"({"dry_run":true,"command":"retry","found":250000,"found_all":false,)"
                   R"("versions":{"sale@1":249999,"sale@2":1},"sagas":[{"id":"01KB"}]})");
  EXPECT_EQ(server.run({"retry", "--all", "--state", "stuck", "--dry-run"}), exit_code::ok);
  EXPECT_EQ(server.asked(0).target, "/v1/commands?dry_run");
  EXPECT_EQ(server.asked(0).body, R"({"command":"retry","filter":{"state":"stuck"}})");
  EXPECT_THAT(server.said, HasSubstr("01KB"));
  EXPECT_THAT(server.said, HasSubstr("would be sent to 250000 or more (sale@1: 249999, sale@2: 1); nothing was"));
}

TEST(pause_of_all, takes_the_step_for_finding_alone) {
  recorded_server server;
  server.then(200, R"({"command":"pause","state":"done","ended":"x","found":0,"found_all":true})");
  EXPECT_EQ(server.run({"pause", "--all", "--step", "rate", "--id", "p"}), exit_code::ok);
  EXPECT_EQ(server.asked(0).body, R"({"command":"pause","filter":{"step":"rate"},"id":"p"})");
}

TEST(retry_of_all, that_finds_none_says_which_definition_was_meant) {
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--dry-run"}}) {
    recorded_server server;
    server.then(200, R"({"command":"retry","state":"done","ended":"x","found":0,"found_all":true,"sagas":[]})");
    server.then(200, R"({"definitions":[{"name":"booking"}]})");
    std::vector<std::string> typed{"retry", "--all", "--definition", "bookin"};
    typed.insert(typed.end(), more.begin(), more.end());
    EXPECT_EQ(server.run(typed), exit_code::usage);
    EXPECT_EQ(server.complained, "sagactl: there is no definition `bookin`: did you mean `booking`?\n");
  }
  recorded_server server;
  server.then(200, R"({"command":"retry","state":"done","ended":"x","found":0,"found_all":true})");
  server.then(200, R"({"results":[],"next":null})").then(200, R"({"definitions":[]})");
  EXPECT_EQ(server.run({"retry", "--all", "--definition", "bookin", "--json"}), exit_code::usage);
  EXPECT_EQ(server.complained, "sagactl: there is no definition `bookin`: there is none\n");
}

TEST(commands, are_for_one_saga_or_for_all_that_are_found) {
  for (const std::vector<std::string>& typed : {std::vector<std::string>{"retry"},
                                                {"retry", id, "--all"},
                                                {"retry", id, "--state", "stuck"},
                                                {"retry", id, "--dry-run"},
                                                {"retry", "--all", "--if-seq", "5"},
                                                {"cancel", "--all"}}) {
    recorded_server server;
    EXPECT_EQ(server.run(typed), exit_code::usage);
    EXPECT_EQ(server.times_asked(), 0U);
  }
}

TEST(retry_of_all, wants_to_know_which_all_are) {
  recorded_server server;
  EXPECT_EQ(server.run({"retry", "--all", "--reason", "why"}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("--all needs options that say which sagas: --state stuck"));
  EXPECT_EQ(server.times_asked(), 0U);
}

TEST(resolve_of_all, needs_its_reason_only_when_it_is_done) {
  recorded_server server;
  server.then(200, R"({"dry_run":true,"command":"resolve","found":1,"found_all":true,"sagas":[{"id":"01KB"}]})");
  EXPECT_EQ(server.run({"resolve", "--all", "--state", "stuck", "--dry-run"}), exit_code::ok) << server.complained;
  EXPECT_EQ(server.run({"resolve", "--all", "--state", "stuck"}), exit_code::usage);
  EXPECT_EQ(server.times_asked(), 1U);
}

TEST(retry, says_that_a_paused_saga_waits_to_be_resumed) {
  recorded_server server;
  server.then(200, stuck).then(200, R"({"id":"01KB","state":"paused","steps":[]})");
  EXPECT_EQ(server.run({"retry", id}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("next: sagactl resume 01KB\n"));
}

TEST(job, is_followed_to_its_end_by_its_id) {
  recorded_server server;
  server.then(200, R"({"id":"j","command":"retry","state":"running","found":3,"found_all":true,"done":1})");
  server.then(
      200,
      R"({"id":"j","command":"retry","state":"done","ended":"x","found":3,"found_all":true,"done":2,"refused":1})");
  server.then(200, R"({"results":[{"saga":"01KB","outcome":"refused","why":"not-applicable"}],"next":null})");
  EXPECT_EQ(server.run({"job", "j"}), exit_code::refused);
  EXPECT_EQ(server.asked(0).target, "/v1/commands/j?limit=0");
  EXPECT_EQ(server.asked(2).target, "/v1/commands/j?limit=20&outcome=refused");
  EXPECT_EQ(server.said, "retry: 3 found, 2 done, 1 refused\n  01KB: refused (not-applicable)\n");
}

TEST(job, shows_how_far_it_is) {
  recorded_server server;
  const auto* running =
      R"({"id":"j","command":"retry","state":"running","began":"2026-11-18T11:06:30.000Z","found":3,"found_all":true,"done":1})";
  server.then(200, running).then(200, running);
  EXPECT_EQ(server.run({"job", "j", "--now"}), exit_code::not_final);
  EXPECT_EQ(server.said, "retry: 3 found, 1 done; under way, begun 10s ago\n");
  EXPECT_EQ(server.run({"job", "j", "--now", "--json"}), exit_code::not_final);
  EXPECT_EQ(server.said, std::string(running) + "\n");
}

TEST(job, that_is_not_known_or_lost_says_what_to_type) {
  recorded_server server;
  server.then(404, problem("not-found", 404, "no such job is known"));
  EXPECT_EQ(server.run({"job", "j"}), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr("no such job is known"));
  EXPECT_THAT(server.complained, HasSubstr("next: type the command that began it again, with --id j\n"));
  recorded_server gone;
  gone.then(200, R"({"id":"j","command":"retry","state":"running","found":3})").then(0, "connection refused");
  EXPECT_EQ(gone.run({"job", "j"}), exit_code::unreachable);
  EXPECT_THAT(gone.complained, HasSubstr("type `sagactl job j` again"));
}

TEST(stop, stops_a_job) {
  recorded_server server;
  server.then(200, R"({"id":"j","command":"retry","state":"stopped","found":9,"done":4})");
  EXPECT_EQ(server.run({"stop", "j"}), exit_code::ok);
  EXPECT_EQ(server.asked(0).method, "DELETE");
  EXPECT_EQ(server.asked(0).target, "/v1/commands/j");
  EXPECT_EQ(server.said, "retry is stopped: 4 of 9 found were done\n");

  recorded_server unknown;
  unknown.then(404, problem("not-found", 404, "no such job is known"));
  EXPECT_EQ(unknown.run({"stop", "j"}), exit_code::refused);
  EXPECT_THAT(unknown.complained, HasSubstr("next: nothing: what is not known does not run"));
}

TEST(commands, say_the_id_when_nobody_knows_whether_they_took_effect) {
  recorded_server server;
  server.then(200, stuck).then(0, "connection reset");
  EXPECT_EQ(server.run({"retry", id}), exit_code::unreachable);
  EXPECT_THAT(server.complained, HasSubstr("type `sagactl retry 01KB0000000000000000000000 --id fresh-1`."));
  recorded_server named;
  named.then(200, stuck).then(0, "connection reset");
  EXPECT_EQ(named.run({"retry", id, "--id", "mine"}), exit_code::unreachable);
  EXPECT_THAT(named.complained, HasSubstr("type `sagactl retry 01KB0000000000000000000000 --id mine`."));
}

TEST(commands, are_refused_with_what_to_do_next) {
  recorded_server server;
  server.then(200, stuck).then(409, problem("in-flight", 409, "rate's action is in flight, times out in 900 ms"));
  EXPECT_EQ(server.run({"retry", id}), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr("times out in 900 ms"));
  EXPECT_THAT(server.complained,
              HasSubstr("Wait until the exchange has ended (`sagactl get 01KB0000000000000000000000` shows it), then "
                        "type `sagactl retry 01KB0000000000000000000000` again."));
}

}  // namespace
}  // namespace sagad::sagactl::testing
