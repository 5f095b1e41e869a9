#include <gmock/gmock.h>

#include <sstream>

#include "tests/unit/sagactl/recorded_server.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

// What completes the last of these words.
std::vector<std::string> words(const std::vector<std::string>& typed, recorded_server& server) {
  std::vector<std::string> arguments{"completion", "words", "--"};
  arguments.insert(arguments.end(), typed.begin(), typed.end());
  EXPECT_EQ(server.run(arguments), exit_code::ok) << server.complained;
  std::istringstream lines(server.said);
  std::vector<std::string> out;
  for (std::string line; std::getline(lines, line);) out.push_back(line);
  return out;
}

std::vector<std::string> words(const std::vector<std::string>& typed) {
  recorded_server server;
  return words(typed, server);
}

TEST(completion, completes_commands_at_every_level) {
  EXPECT_THAT(words({"re"}), UnorderedElementsAre("records", "retry", "resume", "resolve"));
  EXPECT_THAT(words({""}), Contains("definitions"));
  EXPECT_THAT(words({"definitions", "v"}), ElementsAre("validate"));
  EXPECT_THAT(words({"--json", "--server", "http://x", "definitions", "v"}), ElementsAre("validate"));
  EXPECT_THAT(words({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
}

TEST(completion, completes_options_those_of_all_commands_too) {
  EXPECT_THAT(words({"start", "sale", "--con"}), ElementsAre("--concurrency"));
  EXPECT_THAT(words({"definitions", "try", "x.yaml", "--"}), Contains("--junit"));
  EXPECT_THAT(words({"get", "--se"}), ElementsAre("--server"));
}

TEST(completion, completes_states_and_names_of_definitions) {
  EXPECT_THAT(words({"list", "--state", "com"}), UnorderedElementsAre("completed", "compensated", "compensating"));
  for (const std::vector<std::string>& typed :
       {std::vector<std::string>{"start", "s"}, {"list", "--definition", "s"}, {"definitions", "get", "s"}}) {
    recorded_server server;
    server.then(200, R"({"definitions":[{"name":"sale"},{"name":"order"},{"name":"send"}]})");
    EXPECT_THAT(words(typed, server), ElementsAre("sale", "send"));
    EXPECT_EQ(server.asked(0).target, "/v1/definitions");
  }
}

TEST(completion, says_nothing_where_it_knows_nothing) {
  EXPECT_THAT(words({"start", "s"}), IsEmpty()) << "no server";
  EXPECT_THAT(words({"definitions", "try", ""}), IsEmpty()) << "a file";
  EXPECT_THAT(words({"list", "--since", ""}), IsEmpty());
  EXPECT_THAT(words({}), IsEmpty());
}

TEST(completion, prints_a_script_for_each_shell) {
  recorded_server server;
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    EXPECT_EQ(server.run({"completion", shell}), exit_code::ok);
    EXPECT_THAT(server.said, HasSubstr("sagactl completion words -- "));
  }
  EXPECT_EQ(server.run({"completion"}), exit_code::usage);
  EXPECT_THAT(
      server.complained,
      AllOf(HasSubstr("completion needs SHELL, one of bash, zsh, fish"),
            HasSubstr("mkdir -p $d && sagactl completion bash > $d/sagactl`\n  next: `sagactl completion --help`")));
  EXPECT_EQ(server.run({"completion", "basch"}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("SHELL: `basch` is none that there is: did you mean `bash`?\n"));
  EXPECT_EQ(server.run({"completion", "--help"}), exit_code::ok);
  EXPECT_THAT(server.said, Not(HasSubstr("words")));
}

}  // namespace
}  // namespace sagad::sagactl::testing
