#include "config/pages.hpp"

#include <set>

#include "config/fields.hpp"
#include "config/quantities.hpp"
#include "tests/unit/config/support.hpp"

namespace sagad::config {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(pages, the_reference_in_the_documentation_is_what_the_binary_prints) {
  const auto end = end_of(parse_with({"--config-reference"}));
  EXPECT_EQ(end.code, 0);
  EXPECT_EQ(text_of("docs/configuration.md"), end.text)
      << "print it anew: sagad --config-reference > docs/configuration.md";
}

TEST(pages, the_example_of_the_reference_is_accepted) {
  const temporary_folder folder;
  const auto file = folder.write("s.yaml", example_of_the_reference(folder.path()));
  const auto wanted = settings_of(parse_with({"--config", file}, {{"ESCROW_AUTHORIZATION", "Bearer abc"}}));
  EXPECT_EQ(wanted.participants.size(), 2U);
  EXPECT_EQ(wanted.tokens.size(), 2U);
}

TEST(pages, flags_and_variables_are_unique) {
  std::set<std::string> flags;
  std::set<std::string> variables;
  for (const auto& each : requests()) EXPECT_TRUE(flags.insert(std::string(each.flag)).second) << each.flag;
  for (const auto& each : setting_fields()) {
    EXPECT_TRUE(flags.insert(flag_of(each.about)).second) << each.about.key;
    EXPECT_TRUE(variables.insert(variable_of(each.about)).second) << each.about.key;
  }
  EXPECT_EQ(variables.count("SAGAD_CONFIG"), 0U);
}

template <typename Owner>
void expect_good_defaults(std::span<const field<Owner>> fields) {
  Owner defaults{};
  for (const auto& each : fields) {
    EXPECT_FALSE(each.about.form.empty()) << each.about.key;
    EXPECT_EQ(each.about.text.substr(each.about.text.size() - 1).find('.'), 0U) << each.about.key;
    if (!is_scalar(each.about) || each.about.required) continue;
    const auto text = format(each.about, each.in(defaults));
    EXPECT_EQ(assign(each.about, each.in(defaults), text), std::nullopt) << each.about.key;
    EXPECT_EQ(format(each.about, each.in(defaults)), text) << each.about.key;
  }
}

TEST(pages, every_default_passes_its_own_check) {
  expect_good_defaults(setting_fields());
  expect_good_defaults(participant_fields());
  expect_good_defaults(token_fields());
  expect_good_defaults(retention_fields());
}

TEST(pages, help_begins_with_examples_and_names_every_flag) {
  const auto end = end_of(parse_with({"--nonsense", "-h"}));
  EXPECT_EQ(end.code, 0);
  EXPECT_EQ(end.text, end_of(parse_with({"--help"})).text);
  EXPECT_LT(end.text.find("sagad --config sagad.yaml\n"), end.text.find("--listen address:port"));
  for (const auto& each : setting_fields()) {
    if (!is_scalar(each.about)) continue;
    EXPECT_THAT(end.text, HasSubstr("  " + flag_of(each.about) + " ")) << each.about.key;
  }
  for (const auto& each : requests()) EXPECT_THAT(end.text, HasSubstr("  " + std::string(each.flag)));
  std::istringstream lines(end.text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120U) << line;
}

TEST(pages, each_command_has_a_help_of_its_own_with_its_flags_and_an_example) {
  for (const auto& each : requests()) {
    if (!is_command(each)) continue;
    const std::string name(each.flag);
    std::vector<std::string> words;
    std::istringstream all(name);
    for (std::string word; all >> word;) words.push_back(word);
    for (const auto* flag : {"--help", "-h"}) {
      auto asked = words;
      asked.emplace_back(flag);
      const auto end = end_of(parse_with(asked));
      EXPECT_EQ(end.code, 0);
      EXPECT_THAT(end.text, testing::StartsWith("sagad " + name + " ")) << flag;
      EXPECT_THAT(end.text, HasSubstr("\n  sagad " + name)) << "an example";
      EXPECT_THAT(end.text, HasSubstr("\n  --config file\n"));
      EXPECT_THAT(end.text, HasSubstr("It ends with 0"));
      for (const auto& of : requests()) {
        if (of.of == name) {
          EXPECT_THAT(end.text, HasSubstr("\n  " + std::string(of.flag) + "\n"));
        }
      }
      std::istringstream lines(end.text);
      for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120U) << line;
    }
  }
}

TEST(pages, the_command_for_the_views_has_a_help_of_its_own) {
  const auto end = end_of(parse_with({"views", "rebuild", "--help"}));
  EXPECT_EQ(end.code, 0);
  EXPECT_THAT(end.text, testing::StartsWith("sagad views rebuild "));
  EXPECT_THAT(end.text, HasSubstr("SAGAD_TOKEN"));
  EXPECT_THAT(end.text, Not(HasSubstr("--wait-max")));
  for (const auto& asked : {std::vector<std::string>{"views", "--help"}, {"views", "-h"}, {"views", "rebuild", "-h"}}) {
    EXPECT_EQ(end_of(parse_with(asked)).text, end.text);
  }
  std::istringstream lines(end.text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120U) << line;
}

TEST(pages, the_version_is_printed) {
  EXPECT_THAT(end_of(parse_with({"--version"})).text, testing::MatchesRegex("sagad [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(pages, the_effective_configuration_says_where_each_value_comes_from) {
  const temporary_folder folder;
  const auto file = folder.write("s.yaml", "drain: 1s\nlimits:\n  wait_max: 3s\n");
  const auto end =
      end_of(parse_with({"--print-config", "--config", file, "--reactors", "2"}, {{"SAGAD_PORT_FILE", "a b"}}));
  EXPECT_EQ(end.code, 0);
  EXPECT_THAT(end.text, HasSubstr("\ndrain: 1s  # " + file + ":1:1\n"));
  EXPECT_THAT(end.text, HasSubstr("\n  wait_max: 3s  # " + file + ":3:3\n"));
  EXPECT_THAT(end.text, HasSubstr("\nreactors: 2  # --reactors\n"));
  EXPECT_THAT(end.text, HasSubstr("\nport_file: \"a b\"  # SAGAD_PORT_FILE\n"));
  EXPECT_THAT(end.text, HasSubstr("\nlisten: 127.0.0.1:7070  # default\n"));
}

TEST(pages, the_effective_configuration_can_be_read_again) {
  const temporary_folder folder;
  const auto odd = std::filesystem::path(folder.path()) / "a \"b\\\n# c";
  std::filesystem::create_directory(odd);
  const variables set = {{"SAGAD_DEFINITIONS", odd.string()}, {"SAGAD_JOURNAL", "memory:"}, {"KEY", "v"}};
  const auto file = folder.write("s.yaml",
                                 "listen: \"[::1]:0\"\nport_file: \"null\"\nparticipants:\n"
                                 "  a: {endpoints: [http://h:1, \"http://[::1]:2\"], paths: [\"/a,b\", \"/c: d#\"]}\n"
                                 "  b: {endpoints: [http://h:1], credentials: {value_env: KEY, header: X-K}}\n");
  const auto refused = end_of(parse_with({"--print-config", "--config", file}, set));
  EXPECT_EQ(refused.code, 2) << "a prefix with a blank";
  const auto good = folder.write("t.yaml",
                                 "listen: \"[::1]:0\"\nport_file: \"null\"\nparticipants:\n"
                                 "  a: {endpoints: [http://h:1, \"http://[::1]:2\"], paths: [\"/a,b\", \"/c:d\"]}\n"
                                 "  b: {endpoints: [http://h:1], credentials: {value_env: KEY, header: X-K}}\n");
  const auto first = end_of(parse_with({"--print-config", "--config", good}, set));
  ASSERT_EQ(first.code, 0) << first.text;
  const auto again = settings_of(parse_with({"--config", folder.write("u.yaml", first.text)}, {{"KEY", "v"}}));
  EXPECT_EQ(again.listen, "[::1]:0");
  EXPECT_EQ(again.port_file, "null");
  EXPECT_EQ(again.journal, "memory:");
  EXPECT_EQ(again.definitions, odd.string());
  ASSERT_EQ(again.participants.size(), 2U);
  EXPECT_EQ(again.participants[0].called.endpoints[1], "http://[::1]:2");
  EXPECT_EQ(again.participants[0].called.path_prefixes[0], "/a,b");
  EXPECT_EQ(again.participants[1].called.credentials, "X-K: v\r\n");
}

TEST(pages, secrets_are_never_printed) {
  const temporary_folder folder;
  const std::string hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  const auto secret = folder.write("key", "file-secret");
  const auto file = folder.write("s.yaml", "tokens: [{name: ops, token_sha256: " + hash +
                                               ", roles: [operator]}]\n"
                                               "participants:\n"
                                               "  a: {endpoints: [http://h:1], credentials: {value_env: KEY}}\n"
                                               "  b: {endpoints: [http://h:1], credentials: {value_file: " +
                                               secret + "}}\n");
  const auto end = end_of(parse_with({"--print-config", "--config", file}, {{"KEY", "env-secret"}}));
  ASSERT_EQ(end.code, 0) << end.text;
  EXPECT_THAT(end.text, HasSubstr("name: ops"));
  EXPECT_THAT(end.text, HasSubstr("value_env: KEY"));
  EXPECT_THAT(end.text, HasSubstr("value_file: " + secret));
  for (const char* hidden : {"env-secret", "file-secret", "0123456789abcdef"}) {
    EXPECT_THAT(end.text, Not(HasSubstr(hidden)));
  }
}

}  // namespace
}  // namespace sagad::config
