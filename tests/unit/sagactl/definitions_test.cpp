#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "tests/unit/sagactl/recorded_server.hpp"
#include "tests/unit/sagactl/texts.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// A definition of this name without a mistake that can be told without a server.
std::string definition_of(const std::string& name) {
  return "saga: " + name + "\nsteps: [{step: a, participant: p, action: {post: /a}, compensation: none}]\n";
}

constexpr const char* new_1 = R"({"name":"sale","version":1,"digest":"aa","new_version":true})";
constexpr const char* new_2 = R"({"name":"sale","version":2,"digest":"bb","new_version":true})";
constexpr const char* same_2 = R"({"name":"sale","version":2,"digest":"bb","new_version":false})";

TEST(apply, puts_the_text_under_the_name_that_it_holds) {
  recorded_server server;
  server.then(200, new_1);
  const std::string text = "# a comment\n" + definition_of("sale   # its name");
  EXPECT_EQ(server.run({"definitions", "apply", "-"}, text), exit_code::ok) << server.complained;
  EXPECT_EQ(server.asked(0).method, "PUT");
  EXPECT_EQ(server.asked(0).target, "/v1/definitions/sale");
  EXPECT_EQ(server.asked(0).body, text);
  EXPECT_EQ(server.asked(0).content_type, "application/yaml");
  EXPECT_THAT(server.said, HasSubstr("sale is now version 1"));
}

TEST(apply, tells_a_new_version_from_the_same_content) {
  recorded_server server;
  server.then(200, new_2);
  constexpr const char* json_text =
      R"({"saga": "sale", "steps": [{"step": "a", "participant": "p", "action": {"post": "/a"}, "compensation": "none"}]})";
  EXPECT_EQ(server.run({"definitions", "apply", "-"}, json_text), exit_code::ok);
  EXPECT_EQ(server.asked(0).content_type, "application/json");
  EXPECT_THAT(server.said, HasSubstr("sale is now version 2"));

  recorded_server same;
  same.then(200, same_2);
  EXPECT_EQ(same.run({"definitions", "apply", "-"}, definition_of("'sale'")), exit_code::ok);
  EXPECT_THAT(same.said, HasSubstr("sale is version 2 already"));
}

TEST(apply, takes_the_word_of_no_other_server) {
  recorded_server server;
  server.then(200, R"({"version":7})");
  EXPECT_EQ(server.run({"definitions", "apply", "-"}, definition_of("sale")), exit_code::unreachable);
  EXPECT_THAT(server.complained, HasSubstr("not as sagad does"));
}

TEST(apply, checks_only_when_that_is_asked) {
  recorded_server server;
  server.then(200, new_2);
  EXPECT_EQ(server.run({"definitions", "apply", "--dry-run", "-"}, definition_of("sale")), exit_code::ok);
  EXPECT_EQ(server.asked(0).target, "/v1/definitions/sale?dry_run=true");
  EXPECT_THAT(server.said, HasSubstr("differs from what the server has"));

  recorded_server same;
  same.then(200, same_2);
  EXPECT_EQ(same.run({"definitions", "apply", "--dry-run", "-"}, definition_of("sale")), exit_code::ok);
  EXPECT_THAT(same.said, HasSubstr("sale is what the server has"));
}

// An empty folder with these files in it.
std::string folder_with(const std::string& name, const std::vector<std::pair<std::string, std::string>>& files) {
  const std::filesystem::path folder = ::testing::TempDir() + "/" + name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (const auto& [file, text] : files) std::ofstream(folder / file) << text;
  return folder.string();
}

TEST(apply, says_in_a_dry_run_that_the_server_has_none_of_that_name) {
  recorded_server server;
  server.then(200, new_1);
  EXPECT_EQ(server.run({"definitions", "apply", "--dry-run", "-"}, definition_of("sale")), exit_code::ok);
  EXPECT_EQ(server.said, "-: sale is good, and new to the server: it would be version 1\n");
}

TEST(apply, tells_what_the_server_holds_against_each_file_of_a_folder) {
  const auto folder = folder_with(
      "sagactl_apply", {{"a.yaml", definition_of("a")}, {"b.yaml", definition_of("b")}, {"notes.md", "saga: no\n"}});
  recorded_server server;
  const auto mistakes =
      R"(,"errors":[{"line":2,"column":9,"detail":"no such participant"},{"line":9,"column":1,"detail":"a cycle"}])";
  server.then(422, problem("invalid-definition", 422, "line 2: no such participant", mistakes));
  server.then(200, R"({"name":"b","version":1,"digest":"cc","new_version":true})");
  EXPECT_EQ(server.run({"definitions", "apply", folder}), exit_code::refused);
  EXPECT_TRUE(server.all_answers_taken());
  EXPECT_THAT(server.complained, HasSubstr("a.yaml:2:9: no such participant\n  2 | steps: ["));
  EXPECT_THAT(server.complained, HasSubstr("a.yaml:9:1: a cycle\n"));
  EXPECT_THAT(server.complained, HasSubstr("a.yaml is not applied"));
  EXPECT_THAT(server.complained, EndsWith("sagactl: 1 of 2 applied\n"));
  EXPECT_THAT(server.said, HasSubstr("b is now version 1"));
}

TEST(apply, says_how_many_are_applied_when_the_server_is_gone_in_between) {
  const auto folder = folder_with(
      "sagactl_gone", {{"a.yaml", definition_of("a")}, {"b.yaml", definition_of("b")}, {"c.yaml", definition_of("c")}});
  recorded_server server;
  server.then(200, R"({"name":"a","version":1,"digest":"cc","new_version":true})").then(0, "connection refused");
  EXPECT_EQ(server.run({"definitions", "apply", folder}), exit_code::unreachable);
  EXPECT_EQ(server.times_asked(), 2U);
  EXPECT_THAT(server.complained, EndsWith("sagactl: 1 of 3 applied\n"));
}

TEST(apply, sends_nothing_while_any_file_has_a_mistake) {
  const auto folder =
      folder_with("sagactl_mistaken",
                  {{"a.yaml", definition_of("a")}, {"b.yaml", "saga: b\nsteps: []\n"}, {"c.yaml", "steps: c\n"}});
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "apply", folder}), exit_code::usage);
  EXPECT_EQ(server.times_asked(), 0U);
  EXPECT_THAT(server.complained, HasSubstr("b.yaml:2:"));
  EXPECT_THAT(server.complained, HasSubstr("c.yaml:1:"));
  EXPECT_THAT(server.complained, EndsWith("sagactl: nothing was sent\n"));
  EXPECT_EQ(server.run({"definitions", "apply", folder + "/a.yaml", folder + "/none.yaml"}), exit_code::usage);
  EXPECT_EQ(server.times_asked(), 0U);
}

TEST(apply, wants_a_name_in_the_text) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "apply", "-"},
                       "steps: [{step: a, participant: p, action: {post: /a}, compensation: none}]\n"),
            exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("it has no name"));
  EXPECT_EQ(server.times_asked(), 0U);
}

TEST(definitions, are_listed_and_shown) {
  recorded_server server;
  server.then(200, R"({"definitions":[{"name":"sale","version":3,"digest":"0123456789abcdef","description":"A sale",)"
                   R"("in_flight":7},{"name":"old","version":1,"digest":"0123456789abcdef"}]})");
  EXPECT_EQ(server.run({"definitions", "list"}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("sale  3        7          0123456789ab  A sale\n"));
  EXPECT_THAT(server.said, HasSubstr("old   1        ?          0123456789ab"));

  recorded_server one;
  one.then(200, R"({"name":"sale","version":3,"definition":{"saga":"sale","steps":[]}})");
  EXPECT_EQ(one.run({"definitions", "get", "sale@3"}), exit_code::ok);
  EXPECT_EQ(one.asked(0).target, "/v1/definitions/sale%403");
  EXPECT_EQ(one.said, "{\n  \"saga\": \"sale\",\n  \"steps\": []\n}\n");
}

TEST(definitions, that_the_server_cannot_compile_are_listed_with_why) {
  recorded_server server;
  server.then(200, R"({"definitions":[{"name":"sale","version":1,"digest":"0123456789abcdef","in_flight":2,)"
                   R"("fault":"unknown key `colour` in a step"}]})");
  EXPECT_EQ(server.run({"definitions", "list"}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("sale  1        2          0123456789ab  cannot be compiled by this sagad: "
                                     "unknown key `colour` in a step\n"));
}

TEST(definitions, that_are_retired_are_told_with_what_that_means) {
  recorded_server server;
  server.then(200, R"({"name":"sale","version":3,"digest":"0123","retired":true})");
  EXPECT_EQ(server.run({"definitions", "retire", "sale"}), exit_code::ok);
  EXPECT_EQ(server.asked(0).method, "DELETE");
  EXPECT_EQ(server.asked(0).target, "/v1/definitions/sale");
  EXPECT_THAT(server.said, HasSubstr("sale is retired: no saga is started by it any more; those that run go on\n"));
  EXPECT_THAT(server.said, HasSubstr("`sagactl list --definition sale --state unfinished`"));

  recorded_server listed;
  listed.then(200, R"({"definitions":[{"name":"sale","version":3,"digest":"0123","retired":true,"in_flight":2}]})");
  EXPECT_EQ(listed.run({"definitions", "list"}), exit_code::ok);
  EXPECT_THAT(listed.said, HasSubstr("sale (retired)  3        2"));

  recorded_server unknown;
  unknown.then(404, problem("unknown-definition", 404, "there is no definition `sael`"));
  EXPECT_EQ(unknown.run({"definitions", "retire", "sael"}), exit_code::refused);
}

}  // namespace
}  // namespace sagad::sagactl::testing
