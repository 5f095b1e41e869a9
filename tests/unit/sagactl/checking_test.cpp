#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "sagactl/definition_diff.hpp"
#include "sagactl/graph_text.hpp"
#include "tests/support/load_definition.hpp"
#include "tests/unit/sagactl/recorded_server.hpp"
#include "tests/unit/sagactl/texts.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* good = "saga: s\nsteps: [{step: a, participant: p, action: {post: /a}, compensation: none}]\n";

constexpr const char* nameless = "steps:\n  - {step: a, participant: shop, compensation: none, action: {post: /a}}\n";

TEST(validate, tells_every_mistake_with_its_line_and_asks_no_server) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "validate", "-"}, "saga: s\nsteps:\n\t- x\n"), exit_code::usage);
  EXPECT_EQ(server.run({"definitions", "validate", "-"},
                       "saga: s\nsteps:\n  - {step: é, participnt: p}\n  - {step: b, kind: pivt}\n"),
            exit_code::usage);
  EXPECT_EQ(server.times_asked(), 0U);
  EXPECT_THAT(server.complained, HasSubstr("-:3:15: unknown key `participnt`"));
  EXPECT_THAT(server.complained, HasSubstr("\n  3 |   - {step: é, participnt: p}\n    |               ^\n"));
  EXPECT_THAT(server.complained, HasSubstr("-:4:21: `kind` is `pivt`"));
}

TEST(validate, wants_a_name_for_what_is_to_be_applied) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "validate", "-"}, nameless), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("-:1:1: it has no name: begin it with `saga: NAME`"));
}

TEST(validate, keeps_the_tabs_of_the_line_before_its_mark) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "validate", "-"}, "{\"saga\": \"s\",\n\t\"stps\": []}"), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("  2 | \t\"stps\": []}\n    | \t^\n"));
}

TEST(validate, shows_of_a_long_line_what_is_around_the_mistake) {
  recorded_server server;
  const std::string before(200, 'e');
  const std::string after(200, 'f');
  EXPECT_EQ(server.run({"definitions", "validate", "-"},
                       R"({"saga": "s", "description": "é)" + before + R"(", "stps": ")" + after + "\"}"),
            exit_code::usage);
  const auto shown = "  1 | ..." + std::string(57, 'e') + R"(", "stps": ")" + std::string(91, 'f') + "...\n";
  EXPECT_THAT(server.complained, HasSubstr(shown + "    | " + std::string(63, ' ') + "^\n"));
}

TEST(validate, goes_through_a_folder_and_says_which_are_good) {
  const std::filesystem::path folder = ::testing::TempDir() + "/validate";
  std::filesystem::create_directories(folder / "inner");
  std::ofstream(folder / "a.yaml") << "saga: a\n";
  std::ofstream(folder / "b.yml") << good;
  std::ofstream(folder / "notes.md") << "no\n";
  std::ofstream(folder / "inner" / "c.yaml") << "no\n";
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "validate", folder.string()}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("a.yaml:1:1: "));
  EXPECT_THAT(server.said, AllOf(HasSubstr("b.yml: s is good: 1 step\n"), Not(HasSubstr("c.yaml"))));
  EXPECT_EQ(server.run({"definitions", "validate", "sagas"}), exit_code::ok) << server.complained;
  std::filesystem::create_directories(folder / "empty");
  for (const auto* command : {"validate", "apply"}) {
    EXPECT_EQ(server.run({"definitions", command, (folder / "empty").string()}), exit_code::usage);
    EXPECT_THAT(server.complained, HasSubstr("json file lies directly in `" + (folder / "empty").string() + "`\n"));
  }
}

TEST(validate, tells_programs_all_files) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "validate", "-", "--json"}, "saga: 7\nsteps: []\n"), exit_code::usage);
  EXPECT_THAT(server.said, StartsWith(R"([{"file":"-","good":false,"mistakes":[{"line":1,"column":7,"detail":)"));
  EXPECT_EQ(server.complained, "");
  EXPECT_EQ(server.run({"definitions", "validate", "-", "--json"}, good), exit_code::ok);
  EXPECT_EQ(server.said, "[{\"file\":\"-\",\"good\":true,\"mistakes\":[]}]\n");
}

std::string steps(const std::string& list) {
  std::string out = "saga: s\nsteps:\n";
  std::size_t at = 0;
  while (at < list.size()) {
    const auto end = std::min(list.find(' ', at), list.size());
    const auto one = list.substr(at, end - at);
    const auto bracket = one.find('[');
    out += "  - {step: " + one.substr(0, bracket) + ", after: " + one.substr(bracket) +
           ", participant: p, action: {post: /x}, compensation: none}\n";
    at = end + 1;
  }
  return out;
}

// The drawing without the labels behind it.
std::string drawn(const std::string& list) {
  std::string out;
  const auto text = graph_text(*tests::load_definition(steps(list)));
  std::size_t at = 0;
  while (text[at] != '\n') {
    const auto line = text.substr(at, text.find('\n', at) - at);
    const auto label = line.find("  p POST");
    out += (label == std::string::npos ? line : line.substr(0, label)) + "\n";
    at = text.find('\n', at) + 1;
  }
  return out;
}

TEST(graph, draws_branches_side_by_side) {
  EXPECT_EQ(drawn("a[] b[a] c[b]"), "○  a\n○  b\n○  c\n");
  EXPECT_EQ(drawn("a[] b[a] c[a] d[b,c]"), "○    a\n├─╮\n○ │  b\n│ ○  c\n├─╯\n○    d\n");
}

TEST(graph, draws_what_crosses_and_what_begins_by_itself) {
  EXPECT_EQ(drawn("a[] b[] c[a,b]"), "○    a\n│ ○  b\n├─╯\n○    c\n");
  EXPECT_EQ(drawn("a[] b[a] c[a] d[a] e[b,d] f[c] g[e,f]"),
            "○      a\n├─┬─╮\n○ │ │  b\n│ ○ │  c\n│ │ ○  d\n├─┼─╯\n○ │    e\n│ ○    f\n├─╯\n○      g\n");
}

TEST(graph, leaves_out_what_is_waited_for_anyway) {
  EXPECT_EQ(drawn("a[] b[a] c[a,b]"), "○  a\n○  b\n○  c\n");
}

TEST(graph, starts_with_steps_that_are_written_after_those_that_wait_for_them) {
  EXPECT_EQ(drawn("b[a] a[]"), "○  a\n○  b\n");
}

TEST(graph, says_what_each_step_calls_and_how_it_is_undone) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "graph", "sagas/sale.yaml"}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("○    escrow    escrow POST /v1/holds  ← POST /v1/holds/release\n"));
  EXPECT_THAT(server.said, HasSubstr("◆    settle    escrow POST /v1/holds/settle  (the point of no return)\n├─╮\n"));
  EXPECT_EQ(server.run({"definitions", "graph", "sagas/sale.yaml", "--dot"}), exit_code::ok);
  EXPECT_THAT(server.said, AllOf(StartsWith("digraph \"sale\" {"), HasSubstr("  \"settle\" -> \"rate\";\n"),
                                 HasSubstr("shape=diamond")));
  EXPECT_EQ(server.run({"definitions", "graph", "sagas/sale.yaml", "--json"}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr(R"({"step":"rate","after":["settle"]})"));
  EXPECT_EQ(server.times_asked(), 0U);
}

std::string served(const std::string& text) {
  return R"({"name":"s","version":3,"digest":"aa","definition":)" + tests::load_definition(text)->canonical + "}";
}

TEST(diff, of_the_same_content_is_none_however_it_is_written) {
  recorded_server server;
  server.then(200, served(good));
  EXPECT_EQ(server.run({"definitions", "diff", "-"}, "# other words\n" + std::string(good)), exit_code::ok);
  EXPECT_EQ(server.asked(0).target, "/v1/definitions/s");
  EXPECT_EQ(server.said, "- is s, version 3\n");
}

TEST(diff, tells_step_by_step_and_key_by_key) {
  recorded_server server;
  server.then(200, served(R"(
saga: s
deadline: 30s
steps:
  - {step: a, participant: p, action: {post: /a, timeout: 1s, headers: {X-Old: a}}, compensation: none}
  - {step: b, participant: p, action: {post: /b}, compensation: none}
)"));
  EXPECT_EQ(server.run({"definitions", "diff", "-"}, R"(
saga: s
description: new words
steps:
  - {step: a, participant: p, action: {post: /a, timeout: 2s, headers: {X-New: b}}, compensation: {post: /undo}}
  - {step: c, participant: q, action: {post: /c}, compensation: none}
)"),
            exit_code::refused);
  EXPECT_THAT(server.said, StartsWith("- differs from s, version 3\n"));
  EXPECT_THAT(server.said, HasSubstr("\n    description: \"\" → new words\n"));
  EXPECT_THAT(server.said, HasSubstr("  deadline: 30s"));
  EXPECT_THAT(server.said, HasSubstr("\n  step a\n"));
  EXPECT_THAT(server.said, HasSubstr("\n      action.timeout: 1s → 2s\n"));
  EXPECT_THAT(server.said,
              AllOf(HasSubstr("\n    - action.headers.X-Old: a\n"), HasSubstr("\n    + action.headers.X-New: b\n")));
  EXPECT_THAT(server.said, HasSubstr("\n  step b\n    - gone: compensatable at p\n"));
  EXPECT_THAT(server.said, HasSubstr("\n  step c\n    + new: compensatable at q\n"));
}

TEST(diff, is_told_to_programs) {
  recorded_server server;
  server.then(200, served("saga: s\nalert_after: 5m\n" + std::string(good).substr(8)));
  EXPECT_EQ(server.run({"definitions", "diff", "-", "--json"}, good), exit_code::refused);
  EXPECT_EQ(
      server.said,
      "{\"definition\":\"s\",\"version\":3,\"same\":false,\"differences\":[{\"key\":\"alert_after\",\"was\":\"5m\","
      "\"is\":\"1m\"}]}\n");
}

TEST(diff, of_what_the_server_does_not_have_says_how_to_bring_it) {
  recorded_server server;
  server.then(404, problem("unknown-definition", 404, "none"));
  EXPECT_EQ(server.run({"definitions", "diff", "-"}, good), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr("next: sagactl definitions apply -"));
}

TEST(diff, with_what_is_no_sagad_compares_nothing) {
  recorded_server server;
  server.then(200, "<html>log in</html>");
  EXPECT_EQ(server.run({"definitions", "diff", "-"}, good), exit_code::unreachable);
  EXPECT_EQ(server.said, "");
  EXPECT_THAT(server.complained, HasSubstr("not as sagad does"));
  server.then(404, "<html>no such page</html>");
  EXPECT_EQ(server.run({"definitions", "diff", "-"}, good), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr("no such page"));
}

}  // namespace
}  // namespace sagad::sagactl::testing
