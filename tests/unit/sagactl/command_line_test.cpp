#include <gmock/gmock.h>

#include <set>

#include "sagactl/fresh_name.hpp"
#include "tests/unit/sagactl/recorded_server.hpp"
#include "tests/unit/sagactl/texts.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(command_line, goes_to_the_server_with_the_token_that_it_was_given) {
  recorded_server server;
  server.then(200, R"({"definitions":[]})");
  // Behind the command too, where people write it.
  EXPECT_EQ(server.run({"definitions", "list", "--server", "http://there:1", "--token", "secret"}), exit_code::ok);
  EXPECT_EQ(server.server(), "http://there:1");
  EXPECT_EQ(server.token(), "secret");
}

TEST(command_line, tells_its_version_without_a_command) {
  recorded_server server;
  EXPECT_EQ(server.run({"--version"}), exit_code::ok);
  EXPECT_THAT(server.said, ::testing::MatchesRegex("sagactl [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(server.times_asked(), 0U);
}

TEST(command_line, names_a_command_that_it_does_not_know) {
  recorded_server server;
  EXPECT_EQ(server.run({"rety", id}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("there is no command 'rety'"));
  EXPECT_EQ(server.run({}), exit_code::usage);
  EXPECT_EQ(server.run({"get"}), exit_code::usage);
  EXPECT_EQ(server.run({"get", id, "--frob"}), exit_code::usage);
  EXPECT_EQ(server.times_asked(), 0U);
}

TEST(command_line, has_help_for_every_command) {
  for (const std::string name :
       {"start", "get", "watch", "list", "records", "retry", "edit", "skip", "pause", "resume", "compensate", "resolve",
        "cancel", "stop", "definitions", "participants", "health", "explain", "completion"}) {
    recorded_server server;
    EXPECT_EQ(server.run({name, "--help"}), exit_code::ok) << name;
    EXPECT_THAT(server.said, HasSubstr("Usage: sagactl " + name)) << name;
    EXPECT_EQ(server.complained, "") << name;
  }
}

TEST(command_line, teaches_with_examples_of_the_command_itself) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{"start"},
                                                  {"get"},
                                                  {"list"},
                                                  {"records"},
                                                  {"explain"},
                                                  {"participants"},
                                                  {"health"},
                                                  {"definitions", "list"},
                                                  {"definitions", "get"},
                                                  {"definitions", "retire"},
                                                  {"definitions", "apply"},
                                                  {"definitions", "validate"},
                                                  {"definitions", "graph"},
                                                  {"definitions", "diff"},
                                                  {"definitions", "try"}}) {
    recorded_server server;
    auto arguments = command;
    arguments.emplace_back("--help");
    EXPECT_EQ(server.run(arguments), exit_code::ok);
    std::string typed = "\n  sagactl";
    for (const auto& word : command) typed += " " + word;
    if (command.front() == "health") typed = "until sagactl health";
    EXPECT_THAT(server.said, HasSubstr(typed)) << typed;
    EXPECT_THAT(server.said, Not(HasSubstr("Begin with:"))) << typed;
  }
}

TEST(command_line, refuses_time_spans_without_a_unit) {
  recorded_server server;
  EXPECT_EQ(server.run({"get", id, "--wait", "10"}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("like 10s"));
}

TEST(refusals, give_programs_the_problem_as_it_came) {
  recorded_server server;
  const auto body = problem("not-found", 404, "no such saga");
  server.then(404, body);
  EXPECT_EQ(server.run({"get", id, "--json"}), exit_code::refused);
  EXPECT_EQ(server.complained, body + "\n");
  EXPECT_EQ(server.said, "");
}

TEST(refusals, from_somebody_else_are_cut_short_and_harmless) {
  recorded_server server;
  server.then(502, "<html>\x1b[31m" + std::string(5000, 'x'));
  EXPECT_EQ(server.run({"get", id}), exit_code::unreachable);
  EXPECT_THAT(server.complained, HasSubstr("502"));
  EXPECT_THAT(server.complained, Not(HasSubstr("\x1b")));
  EXPECT_LT(server.complained.size(), 400U);
}

TEST(refusals, of_a_missing_token_say_where_to_put_one) {
  recorded_server server;
  server.then(401, problem("unauthorized", 401, "send a token"));
  EXPECT_EQ(server.run({"list"}), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr("SAGACTL_TOKEN"));
}

TEST(answers, that_are_no_json_or_of_another_shape_crash_nothing) {
  for (const std::string body : {"", "[]", "null", "7", R"({"steps": 7, "sagas": {}, "definitions": "x", "seq": "a"})",
                                 R"({"steps": [7, null, {"action": 3}], "sagas": [null], "participants": [[]]})"}) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"get", id}, {"list"}, {"records", id}, {"definitions", "list"}, {"participants"}}) {
      recorded_server server;
      server.then(200, body);
      EXPECT_THAT(server.run(arguments), AnyOf(exit_code::ok, exit_code::unreachable)) << arguments[0] << " of " << body;
    }
  }
}

TEST(answers, that_are_very_deep_are_not_followed) {
  recorded_server server;
  server.then(200, std::string(1'000'000, '['));
  EXPECT_EQ(server.run({"get", id}), exit_code::unreachable);
}

TEST(fresh_names, are_keys_that_differ) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(fresh_name());
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_THAT(*seen.begin(), ::testing::MatchesRegex("sagactl-[0-9a-z]*"));
  EXPECT_EQ(seen.begin()->size(), 34U);
}

}  // namespace
}  // namespace sagad::sagactl::testing
