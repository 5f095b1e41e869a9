#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "sagactl/definition_name.hpp"
#include "tests/unit/sagactl/recorded_server.hpp"
#include "tests/unit/sagactl/texts.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* version_1 = R"({"name":"sale","version":1,"digest":"aa"})";
constexpr const char* version_2 = R"({"name":"sale","version":2,"digest":"bb"})";

TEST(apply, puts_the_text_under_the_name_that_it_holds) {
  recorded_server server;
  server.then(404, problem("unknown-definition", 404, "none")).then(200, version_1);
  const std::string text = "# a comment\nsaga: sale   # its name\nsteps: []\n";
  EXPECT_EQ(server.run({"definitions", "apply", "-"}, text), exit_code::ok) << server.complained;
  EXPECT_EQ(server.asked(1).method, "PUT");
  EXPECT_EQ(server.asked(1).target, "/v1/definitions/sale");
  EXPECT_EQ(server.asked(1).body, text);
  EXPECT_EQ(server.asked(1).content_type, "application/yaml");
  EXPECT_THAT(server.said, HasSubstr("sale is now version 1"));
}

TEST(apply, tells_a_new_version_from_the_same_content) {
  recorded_server server;
  server.then(200, version_1).then(200, version_2);
  EXPECT_EQ(server.run({"definitions", "apply", "-"}, R"({"saga": "sale"})"), exit_code::ok);
  EXPECT_EQ(server.asked(1).content_type, "application/json");
  EXPECT_THAT(server.said, HasSubstr("sale is now version 2"));

  recorded_server same;
  same.then(200, version_2).then(200, version_2);
  EXPECT_EQ(same.run({"definitions", "apply", "-"}, "saga: 'sale'"), exit_code::ok);
  EXPECT_THAT(same.said, HasSubstr("sale is version 2 already"));
}

TEST(apply, checks_only_when_that_is_asked) {
  recorded_server server;
  server.then(200, version_1).then(200, version_2);
  EXPECT_EQ(server.run({"definitions", "apply", "--dry-run", "-"}, "saga: sale"), exit_code::ok);
  EXPECT_EQ(server.asked(1).target, "/v1/definitions/sale?dry_run=true");
  EXPECT_THAT(server.said, HasSubstr("differs from what the server has"));
}

TEST(apply, tells_every_mistake_of_every_file_of_a_folder) {
  const std::filesystem::path folder = ::testing::TempDir() + "/sagactl_apply";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "a.yaml") << "saga: a\nsteps:\n  - stop: b\n";
  std::ofstream(folder / "b.yaml") << "saga: b\n";
  std::ofstream(folder / "notes.md") << "saga: no\n";
  recorded_server server;
  const auto mistakes =
      R"(,"errors":[{"line":3,"column":5,"detail":"no such step"},{"line":9,"column":1,"detail":"a cycle"}])";
  server.then(404, "{}").then(422, problem("invalid-definition", 422, "line 3: no such step", mistakes));
  server.then(404, "{}").then(200, R"({"name":"b","version":1,"digest":"cc"})");
  EXPECT_EQ(server.run({"definitions", "apply", folder.string()}), exit_code::refused);
  EXPECT_TRUE(server.all_answers_taken());
  EXPECT_THAT(server.complained, HasSubstr("a.yaml:3:5: no such step\n  3 |   - stop: b\n    |     ^\n"));
  EXPECT_THAT(server.complained, HasSubstr("a.yaml:9:1: a cycle\n"));
  EXPECT_THAT(server.complained, HasSubstr("a.yaml is not applied"));
  EXPECT_THAT(server.said, HasSubstr("b is now version 1"));
}

TEST(apply, refuses_a_text_without_a_name) {
  recorded_server server;
  EXPECT_EQ(server.run({"definitions", "apply", "-"}, "steps:\n  - saga: inner\n"), exit_code::usage);
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

TEST(definition_name, is_read_from_yaml_and_json) {
  EXPECT_EQ(definition_name("saga: sale\r\nsteps: []"), "sale");
  EXPECT_EQ(definition_name("steps: []\nsaga: \"sale\"  # x"), "sale");
  EXPECT_EQ(definition_name("  saga: nested"), "");
  EXPECT_EQ(definition_name(R"(  {"steps": [], "saga": "sale"})"), "sale");
  EXPECT_EQ(definition_name(R"({"saga": 7})"), "");
  EXPECT_EQ(definition_name(""), "");
}

}  // namespace
}  // namespace sagad::sagactl::testing
