#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sagactl/json_view.hpp"
#include "sagactl/junit.hpp"
#include "sagactl/line_diff.hpp"
#include "tests/unit/sagactl/recorded_server.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* tiny = R"(saga: tiny
steps:
  - step: hold
    participant: p
    action: {post: /hold, body: {who: "${input.who}"}}
    compensation: {post: /release}
)";

std::string file_with(const std::string& name, const std::string& text) {
  const auto path = ::testing::TempDir() + "/" + name;
  std::ofstream(path) << text;
  return path;
}

std::string read_back(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(try_points, shows_every_point_of_failure_and_asks_no_server) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-"}, tiny), exit_code::ok) << server.complained;
  EXPECT_EQ(server.times_asked(), 0U);
  EXPECT_THAT(server.said, StartsWith("tiny, 1 step, played with an input made up"));
  EXPECT_THAT(server.said, HasSubstr("✓ nothing fails: completed\n"
                                     "    → hold  POST /hold  done\n"
                                     "            {\"who\":\"who\"}\n"));
  EXPECT_THAT(server.said, HasSubstr("✓ hold is rejected: compensated, nothing was to be undone\n"
                                     "    → hold  POST /hold  rejected (409)\n"));
  EXPECT_THAT(server.said, HasSubstr("    → hold       POST /hold     no answer x5\n"
                                     "    ← undo hold  POST /release  undone\n"));
  EXPECT_THAT(server.said, HasSubstr("\n4 points of failure: 3 end completed or compensated, 1 could get stuck:\n"
                                     "  ! undo hold gets no answer\n"));
}

TEST(try_points, say_so_when_none_can_get_stuck) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-"},
                       "saga: s\nsteps: [{step: a, participant: p, action: {post: /a}, compensation: none}]\n"),
            exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("3 points of failure: all end completed or compensated\n"));
}

TEST(try_points, stop_at_a_definition_that_breaks_by_itself) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-", "--input", R"({"who": null, "sum": "x"})"},
                       std::string(tiny) + "output: {half: \"${input.sum / 2}\"}\n"),
            exit_code::refused);
  EXPECT_THAT(server.said, HasSubstr("✗ nothing fails"));
  EXPECT_THAT(server.said, HasSubstr("next: correct the definition"));
  EXPECT_THAT(server.said, Not(HasSubstr("is rejected")));
}

TEST(try_points, take_the_input_that_is_given) {
  const auto file = file_with("try_input.json", R"({"who": "ann"})");
  for (const std::vector<std::string>& given :
       {std::vector<std::string>{"--input", R"({"who": "ann"})"}, {"--input", "@" + file}}) {
    recorded_server server;
    std::vector<std::string> arguments{"definitions", "try", "-"};
    arguments.insert(arguments.end(), given.begin(), given.end());
    EXPECT_EQ(server.run(arguments, tiny), exit_code::ok);
    EXPECT_THAT(server.said,
                AllOf(HasSubstr("played with this input:\n  {\"who\": \"ann\"}"), HasSubstr("{\"who\":\"ann\"}")));
  }
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-", "--input", "{who"}, tiny), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("not JSON"));
}

TEST(try_points, show_the_labels_that_the_input_makes) {
  const std::string labelled = std::string(tiny) + "labels: {buyer: {from: \"${input.who}\"}}\n";
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-"}, labelled), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("\nits labels:\n  {\"buyer\":\"who\"}\n"));
  recorded_server programs;
  EXPECT_EQ(programs.run({"definitions", "try", "-", "--json"}, labelled), exit_code::ok);
  EXPECT_THAT(programs.said, HasSubstr(R"("labels":{"buyer":"who"})"));
  recorded_server refusing;
  const auto too_long = R"({"who": ")" + std::string(257, 'x') + R"("})";
  EXPECT_EQ(refusing.run({"definitions", "try", "-", "--input", too_long}, labelled), exit_code::usage);
  EXPECT_THAT(refusing.complained, HasSubstr("the label `buyer` cannot be made"));
}

TEST(try_points, show_the_headers_of_a_call_before_its_body) {
  constexpr const char* with_headers = R"(saga: tiny
steps:
  - step: hold
    participant: p
    action: {post: /hold, headers: {X-Tenant: "${input.tenant}", X-Depth: 2}, body: {a: 1}}
    compensation: {post: /release, headers: {X-Saga: "${saga.id == '' ? 'none' : 'some'}"}}
)";
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-"}, with_headers), exit_code::ok) << server.complained;
  EXPECT_THAT(server.said, HasSubstr("✓ nothing fails: completed\n"
                                     "    → hold  POST /hold  done\n"
                                     "            X-Depth: 2\n"
                                     "            X-Tenant: tenant\n"
                                     "            {\"a\":1}\n"));
  EXPECT_THAT(server.said, HasSubstr("    ← undo hold  POST /release  undone\n"
                                     "                 X-Saga: some\n"));
  EXPECT_EQ(server.said.find("X-Tenant"), server.said.rfind("X-Tenant")) << "where they are first sent";
  recorded_server programs;
  EXPECT_EQ(programs.run({"definitions", "try", "-", "--json"}, with_headers), exit_code::ok);
  EXPECT_THAT(programs.said, HasSubstr(R"("path":"/hold","headers":{"X-Depth":"2","X-Tenant":"tenant"},"body":)"));
}

TEST(try_points, are_told_to_programs) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-", "--json"}, tiny), exit_code::ok);
  const auto document = parse_json(server.said);
  const json_view told(&document);
  EXPECT_EQ(told.text("definition"), "tiny");
  EXPECT_EQ(told["points"].size(), 5U);
  const auto doubtful = told["points"].at(2);
  EXPECT_EQ(doubtful.text("failure"), "in_doubt");
  EXPECT_EQ(doubtful.text("step"), "hold");
  EXPECT_EQ(doubtful.text("ending"), "good");
  EXPECT_EQ(doubtful["calls"].size(), 2U);
  EXPECT_EQ(doubtful["calls"].at(0)["body"].text("who"), "who");
  EXPECT_EQ(doubtful["calls"].at(0).integer("tries"), 5);
  EXPECT_EQ(doubtful["undone"].at(0).text(), "hold");
}

TEST(try_points, are_reported_to_build_servers) {
  const auto report = ::testing::TempDir() + "/try_points.xml";
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-", "--junit", report}, tiny), exit_code::ok);
  EXPECT_THAT(read_back(report), AllOf(HasSubstr("<testsuite name=\"tiny\" tests=\"5\" failures=\"0\""),
                                       HasSubstr("name=\"hold is never reached\"/>")));
  EXPECT_EQ(server.run({"definitions", "try", "-", "--junit", "/no/such/folder/x.xml"}, tiny), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("cannot write /no/such/folder/x.xml"));
}

TEST(try_files, show_the_line_of_each_mistake) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-"}, "saga: é\nsteps: []\n"), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("-:1:7: "));
  EXPECT_THAT(server.complained, HasSubstr("\n  1 | saga: é\n    |       ^\n"));
  EXPECT_EQ(server.run({"definitions", "try", "/no/such/file"}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("cannot read /no/such/file: No such file or directory\n"));
}

TEST(try_cases, of_the_sale_are_as_expected) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "sagas/sale.yaml", "--case", "sagas/cases/sale.yaml"}), exit_code::ok)
      << server.said << server.complained;
  EXPECT_THAT(server.said, HasSubstr("cases of sale: as expected\n"));
}

TEST(try_cases, show_what_is_missed_and_what_happened) {
  const auto cases = file_with("missed.yaml", R"(cases:
  - {case: good, expect: {state: completed}}
  - case: bad
    input: {who: ann}
    expect: {state: compensated, requests: {hold: {body: {who: bob, more: 1}}}}
)");
  const auto report = ::testing::TempDir() + "/missed.xml";
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-", "--case", cases, "--junit", report}, tiny), exit_code::refused);
  EXPECT_THAT(server.said, HasSubstr("✓ good: completed\n✗ bad: completed\n"));
  EXPECT_THAT(server.said,
              HasSubstr("missed.yaml:5:21: state\n      expected  compensated\n      got       completed\n"));
  EXPECT_THAT(server.said,
              HasSubstr("      -   \"more\": 1,\n      -   \"who\": \"bob\"\n      +   \"who\": \"ann\"\n"));
  EXPECT_THAT(server.said, HasSubstr("2 cases of tiny: 1 as expected, 1 not\n"));
  EXPECT_THAT(read_back(report), AllOf(HasSubstr("failures=\"1\""), HasSubstr("name=\"good\"/>"),
                                       HasSubstr("missed.yaml:5:21: state"), HasSubstr("&quot;who&quot;")));
  EXPECT_THAT(
      read_back(report),
      HasSubstr("<failure message=\"state: expected compensated, got completed; body of hold: expected "
                "{&quot;more&quot;:1,&quot;who&quot;:&quot;bob&quot;}, got {&quot;who&quot;:&quot;ann&quot;}\">"));
}

TEST(try_cases, that_cannot_be_read_are_an_error_in_the_report) {
  const auto report = file_with("unread.xml", "an old report");
  const auto cases = file_with("unread.yaml", "cases: [{case: a, expect: {state: ended}}]\n");
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-", "--case", cases, "--junit", report}, tiny), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("unread.yaml:1:35: `state` is `ended`"));
  EXPECT_THAT(read_back(report), AllOf(HasSubstr("<testsuite name=\"tiny\" tests=\"1\" failures=\"0\" errors=\"1\">"),
                                       HasSubstr("unread.yaml:1:35: `state` is `ended`"), HasSubstr("</error>")));
  EXPECT_EQ(server.run({"definitions", "try", "-", "--case", "/no/such/file", "--junit", report}, tiny),
            exit_code::usage);
  EXPECT_THAT(read_back(report), HasSubstr("<error message=\"sagactl: cannot read /no/such/file: No such file"));
  EXPECT_EQ(server.run({"definitions", "try", "/no/such/saga.yaml", "--junit", report}), exit_code::usage);
  EXPECT_THAT(read_back(report), HasSubstr("<testsuite name=\"/no/such/saga.yaml\" tests=\"1\""));
}

TEST(try_cases, are_told_to_programs) {
  const auto cases = file_with("told.yaml", "cases: [{case: a, expect: {state: stuck}}]\n");
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-", "--case", cases, "--json"}, tiny), exit_code::refused);
  const auto document = parse_json(server.said);
  const auto told = json_view(&document)["cases"].at(0);
  EXPECT_EQ(told.text("name"), "a");
  EXPECT_FALSE(told.flag("as_expected"));
  EXPECT_EQ(told["missed"].at(0).integer("line"), 1);
  EXPECT_EQ(told["missed"].at(0).text("got"), "completed");
}

TEST(try_cases, with_mistakes_are_not_played) {
  const auto first = file_with("first.yaml", "cases: [{case: a, expect: {state: ended}}]\n");
  const auto second = file_with("second.yaml", "cases: [{case: a, answers: {hol: done}, expect: {state: stuck}}]\n");
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "try", "-", "--case", first, "--case", second}, tiny), exit_code::usage);
  EXPECT_EQ(server.said, "");
  EXPECT_THAT(server.complained, AllOf(HasSubstr("first.yaml:1:35: `state` is `ended`"),
                                       HasSubstr("second.yaml:1:29: the definition has no step or undo `hol`")));
}

TEST(line_diff, keeps_what_both_have) {
  EXPECT_THAT(line_diff("a\nb\nc\n", "a\nc\nd"), ElementsAre("  a", "- b", "  c", "+ d"));
  EXPECT_THAT(line_diff("", "x"), ElementsAre("+ x"));
  EXPECT_THAT(line_diff("x", ""), ElementsAre("- x"));
}

TEST(line_diff, of_very_long_texts_is_two_blocks) {
  std::string many;
  for (int line = 0; line < 2'001; ++line) many += "same\n";
  const auto told = line_diff(many, "same\n");
  EXPECT_EQ(told.size(), 2'002U);
  EXPECT_EQ(told.back(), "+ same");
}

TEST(junit_reports, escape_what_xml_cannot_hold) {
  const auto report =
      junit_report("s", {{"a<b>&\"\x1b", {}, {}, {}}, {"c", junit_test::ending::failed, "first", "first\nsecond"}});
  EXPECT_THAT(report, HasSubstr("name=\"a&lt;b&gt;&amp;&quot;?\"/>"));
  EXPECT_THAT(report, HasSubstr("<failure message=\"first\">first\nsecond</failure>"));
}

TEST(junit_reports, shorten_a_message_and_no_text) {
  const auto of = [](const std::string& message) {
    return junit_report("s", {{"c", junit_test::ending::failed, message, message}});
  };
  const std::string longest(500, 'x');
  EXPECT_THAT(of(longest), HasSubstr("\"" + longest + "\">" + longest + "<"));
  EXPECT_THAT(of(longest + "y"), HasSubstr("\"" + longest + "...\">" + longest + "y<"));
}

}  // namespace
}  // namespace sagad::sagactl::testing
