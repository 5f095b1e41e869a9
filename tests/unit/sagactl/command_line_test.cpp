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

// What is said of a command line that cannot be read.
std::string mistake(const std::vector<std::string>& arguments) {
  recorded_server server;
  EXPECT_EQ(server.run(arguments), exit_code::usage);
  EXPECT_EQ(server.times_asked(), 0U);
  EXPECT_EQ(server.said, "");
  return server.complained;
}

TEST(command_line, names_the_command_that_was_meant) {
  EXPECT_EQ(mistake({"lst"}),
            "sagactl: there is no command `lst`: did you mean `list`?\n  next: `sagactl --help` lists the commands\n");
  EXPECT_THAT(mistake({"rety", id, "--step", "a"}), HasSubstr("no command `rety`: did you mean `retry`?"));
  EXPECT_EQ(mistake({"definitions", "aply", "--dry-run", "x"}),
            "sagactl: there is no command `definitions aply`: did you mean `apply`?\n"
            "  next: `sagactl definitions --help` lists the commands\n");
  EXPECT_THAT(mistake({"completion-of-it"}), HasSubstr("no command `completion-of-it`\n"));
  EXPECT_THAT(mistake({}), HasSubstr("a command is missing behind `sagactl`\n"));
  EXPECT_THAT(mistake({"--json", "definitions"}), HasSubstr("a command is missing behind `sagactl definitions`\n"));
}

TEST(command_line, says_whose_command_it_is_where_the_server_has_it) {
  for (const char* word : {"backup", "migrate", "views"}) {
    EXPECT_THAT(mistake({word, "monday"}), HasSubstr("there is no command `" + std::string(word) +
                                                     "`: it is one of sagad's own, on the machine of its journal: "
                                                     "`sagad --help`\n"));
  }
  EXPECT_THAT(mistake({"definitions", "backup"}), HasSubstr("there is no command `definitions backup`\n"));
}

TEST(command_line, names_the_option_that_was_meant) {
  EXPECT_EQ(mistake({"list", "--stat", "stuck"}),
            "sagactl: there is no option `--stat`: did you mean `--state`?\n"
            "  next: `sagactl list --help` shows what it takes\n");
  EXPECT_THAT(mistake({"list", "--sever=http://x"}), HasSubstr("no option `--sever`: did you mean `--server`?"));
  EXPECT_THAT(mistake({"watch", id, "--wait", "10s"}),
              HasSubstr("there is no option `--wait`: did you mean `--for`?\n"));
  EXPECT_THAT(mistake({"get", id, "--timeout=10s"}),
              HasSubstr("there is no option `--timeout`: did you mean `--wait`?\n"));
  EXPECT_THAT(mistake({"list", "--output", "json"}),
              HasSubstr("there is no option `--output`: did you mean `--json`?\n"));
  EXPECT_THAT(mistake({"list", "--wait", "10s"}), HasSubstr("there is no option `--wait`\n"))
      << "it has none of the kind";
  // Rather than that a reason is missing.
  EXPECT_THAT(mistake({"resolve", id, "--resaon", "x"}), HasSubstr("did you mean `--reason`?"));
  EXPECT_THAT(mistake({"get", id, "--frobnicate"}), HasSubstr("there is no option `--frobnicate`\n"));
}

TEST(command_line, names_everything_that_is_missing_or_too_much) {
  EXPECT_THAT(mistake({"start"}), HasSubstr("start needs DEFINITION\n"));
  EXPECT_THAT(mistake({"edit", id}), HasSubstr("edit needs --step, --body and --reason\n"));
  EXPECT_THAT(mistake({"get", id, "more"}), HasSubstr("`more` is one too many for get\n"));
}

TEST(command_line, says_what_was_meant_by_words_that_the_parser_takes_for_others) {
  EXPECT_THAT(
      mistake({"definition", "list"}),
      HasSubstr("there is no command `definition`: did you mean `definitions`?\n  next: `sagactl --help` lists"));
  EXPECT_THAT(mistake({"help", "list"}), HasSubstr("there is no command `help`: did you mean `--help`?\n"));
  EXPECT_THAT(mistake({"--sever", "http://x", "list"}),
              HasSubstr("there is no option `--sever`: did you mean `--server`"));
  EXPECT_THAT(mistake({"ls"}), HasSubstr("there is no command `ls`: did you mean `list`?\n"));
  EXPECT_THAT(mistake({"apply", "a.yaml"}),
              HasSubstr("there is no command `apply`: did you mean `definitions apply`?\n"));
  EXPECT_THAT(mistake({"definitions", "delete", "a"}),
              HasSubstr("there is no command `definitions delete`: did you mean `retire`?\n"));
  EXPECT_THAT(mistake({"version"}), HasSubstr("there is no command `version`: did you mean `--version`?\n"));
  EXPECT_THAT(mistake({"list", "--limit"}), HasSubstr("sagactl: --limit needs a value behind it\n"));
  EXPECT_THAT(mistake({"list", "-state", "stuck"}), HasSubstr("`-state` is written with two hyphens: --state\n"));
  EXPECT_THAT(mistake({"list", "-limit=5"}), HasSubstr("`-limit` is written with two hyphens: --limit\n"));
  EXPECT_THAT(mistake({"retry", id, "--all"}), HasSubstr("SAGA and --all do not go together: leave one of them out\n"));
  EXPECT_THAT(mistake({"start", "sale", "--concurrency", "2"}), HasSubstr("--concurrency goes with --from alone"));
}

TEST(command_line, says_which_values_there_are) {
  EXPECT_THAT(mistake({"list", "--limit", "5000"}),
              HasSubstr("sagactl: --limit: `5000` is no number from 1 to 1000\n"));
  EXPECT_THAT(mistake({"list", "--limit", "ten"}), HasSubstr("sagactl: --limit: `ten` is no number from 1 to 1000\n"));
  EXPECT_THAT(mistake({"retry", id, "--step", "a", "--operation", "acton"}),
              HasSubstr("sagactl: --operation: `acton` is none that there is: did you mean `action`?\n"));
  EXPECT_THAT(mistake({"retry", id, "--step", "a", "--operation", "both"}),
              HasSubstr("`both` is none that there is; known are `action`, `compensation`\n"));
}

TEST(command_line, tells_with_every_command_what_all_of_them_take) {
  for (const auto& command : {std::vector<std::string>{"list"}, {"definitions"}, {"definitions", "apply"}}) {
    recorded_server server;
    auto arguments = command;
    arguments.emplace_back("--help");
    EXPECT_EQ(server.run(arguments), exit_code::ok);
    EXPECT_THAT(server.said, ::testing::EndsWith("\n\nEvery command takes --server URL, --token TOKEN and --json, too: "
                                                 "see `sagactl --help`.\n"));
  }
}

TEST(command_line, names_the_command_whose_help_shows_what_the_server_wants) {
  recorded_server server;
  server.then(400, problem("invalid-argument", 400, "a definition is retired with all its versions"));
  EXPECT_EQ(server.run({"definitions", "retire", "sale@1"}), exit_code::refused);
  EXPECT_THAT(server.complained,
              HasSubstr("  next: `sagactl definitions retire --help` shows what each option takes."));
}

TEST(command_line, has_help_for_every_command) {
  for (const std::string name :
       {"start", "get",    "watch",      "list",       "records", "retry", "edit",        "skip",
        "pause", "resume", "compensate", "resolve",    "cancel",  "stop",  "definitions", "participants",
        "nodes", "health", "explain",    "completion", "job",     "events"}) {
    recorded_server server;
    EXPECT_EQ(server.run({name, "--help"}), exit_code::ok) << name;
    EXPECT_THAT(server.said, HasSubstr("Usage: sagactl " + name)) << name;
    EXPECT_EQ(server.complained, "") << name;
  }
}

TEST(command_line, lists_its_commands_in_groups) {
  recorded_server server;
  EXPECT_EQ(server.run({"--help"}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("\nStart and look:\n  start "));
  EXPECT_THAT(server.said, HasSubstr("\nMend:\n  retry "));
  EXPECT_THAT(server.said, HasSubstr("\nDefinitions:\n  definitions "));
  EXPECT_THAT(server.said, HasSubstr("\nServer and shell:\n  participants "));
  EXPECT_THAT(server.said, Not(HasSubstr("Subcommands:")));
}

TEST(command_line, says_what_a_command_takes_in_words) {
  recorded_server server;
  EXPECT_EQ(server.run({"edit", "--help"}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("Usage: sagactl edit [SAGA] --step TEXT --body TEXT --reason TEXT [OPTIONS]\n"));
  EXPECT_THAT(server.said, HasSubstr("\nArguments:\n  SAGA "));
  EXPECT_THAT(server.said, HasSubstr("--operation action|compensation, with --step\n"));
  EXPECT_THAT(server.said, Not(HasSubstr("TEXT:")));
  EXPECT_THAT(server.said, Not(HasSubstr("Needs:")));

  recorded_server list;
  EXPECT_EQ(list.run({"list", "--help"}), exit_code::ok);
  EXPECT_THAT(list.said, HasSubstr("-n,--limit N (1 to 1000), 50 without\n"));
  EXPECT_EQ(list.run({"--help"}), exit_code::ok);
  EXPECT_THAT(list.said, HasSubstr("\n  --json                      Print")) << "a flag takes nothing";
  EXPECT_THAT(list.said, HasSubstr("--server TEXT, http://127.0.0.1:7070 without, or SAGACTL_SERVER\n"));
}

TEST(command_line, teaches_with_examples_of_the_command_itself) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{"start"},
                                                  {"get"},
                                                  {"list"},
                                                  {"records"},
                                                  {"watch"},
                                                  {"retry"},
                                                  {"edit"},
                                                  {"skip"},
                                                  {"pause"},
                                                  {"resume"},
                                                  {"compensate"},
                                                  {"resolve"},
                                                  {"cancel"},
                                                  {"explain"},
                                                  {"participants"},
                                                  {"nodes"},
                                                  {"health"},
                                                  {"job"},
                                                  {"stop"},
                                                  {"events"},
                                                  {"completion"},
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
    EXPECT_THAT(server.said, HasSubstr(typed)) << typed;
    EXPECT_THAT(server.said, Not(HasSubstr("Begin with:"))) << typed;
  }
}

TEST(command_line, refuses_time_spans_without_a_unit) {
  recorded_server server;
  EXPECT_EQ(server.run({"get", id, "--wait", "10"}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("like 500ms, 10s"));
}

TEST(refusals, give_programs_the_problem_as_it_came) {
  recorded_server server;
  const auto body = problem("not-found", 404, "no such saga");
  server.then(404, body);
  EXPECT_EQ(server.run({"get", id, "--json"}), exit_code::refused);
  EXPECT_EQ(server.complained, body + "\n");
  EXPECT_EQ(server.said, "");
}

TEST(refusals, say_what_to_type_with_the_sagas_id) {
  recorded_server server;
  server.then(200, R"({"sagas":[)" + stuck + "]}").then(200, stuck).then(409, problem("state-refuses", 409, "no"));
  EXPECT_EQ(server.run({"resume", "order-1"}), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr("  next: `sagactl get 01KB0000000000000000000000` shows where"));

  recorded_server unsure;
  unsure.then(503, problem("durability-unknown", 503, "not known", R"(,"saga":"01KA0000000000000000000000")"));
  EXPECT_EQ(unsure.run({"list"}), exit_code::refused);
  EXPECT_THAT(unsure.complained,
              HasSubstr("type `sagactl list` again, or look with `sagactl get 01KA0000000000000000000000`"));
}

TEST(refusals, leave_out_what_is_for_programs_that_speak_http) {
  recorded_server server;
  server.then(404, problem("unknown-definition", 404, "there is no definition `x`: GET /v1/definitions lists them"));
  EXPECT_EQ(server.run({"definitions", "get", "x"}), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr(": there is no definition `x`\n  next: `sagactl definitions list` shows"));
  recorded_server near;
  near.then(404, problem("unknown-definition", 404, "there is no definition `sael@2`: GET /v1/definitions lists them"));
  near.then(200, R"({"definitions":[{"name":"sale"}]})");
  EXPECT_EQ(near.run({"start", "sael@2", "--input", "{}"}), exit_code::refused);
  EXPECT_THAT(near.complained, HasSubstr(": there is no definition `sael@2`: did you mean `sale`?\n"));
  recorded_server version;
  version.then(404, problem("unknown-definition", 404, "there is no `sale@9`: the newest version of `sale` is 2"));
  version.then(200, R"({"definitions":[{"name":"sale","version":2}]})");
  EXPECT_EQ(version.run({"start", "sale@9"}), exit_code::refused);
  EXPECT_THAT(version.complained, HasSubstr(": there is no `sale@9`: the newest version of `sale` is 2\n"));

  recorded_server unknown;
  unknown.then(404, problem("not-found", 404, "no such saga"));
  EXPECT_EQ(unknown.run({"get", id}), exit_code::refused);
  EXPECT_THAT(unknown.complained, HasSubstr("  next: `sagactl list` shows all sagas, the newest first.\n"));
}

TEST(refusals, of_a_connection_that_wants_tls_say_who_speaks_it) {
  recorded_server server;
  server.then(0, "Error in SSL handshake").then(0, "Connection refused");
  EXPECT_EQ(server.run({"list", "--server", "https://there:1"}), exit_code::unreachable);
  EXPECT_THAT(server.complained,
              HasSubstr("\n  sagad itself speaks http alone: https is spoken by a proxy before it\n"));
  EXPECT_EQ(server.run({"list"}), exit_code::unreachable);
  EXPECT_THAT(server.complained, Not(HasSubstr("https")));
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
      EXPECT_THAT(server.run(arguments), AnyOf(exit_code::ok, exit_code::unreachable))
          << arguments[0] << " of " << body;
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
