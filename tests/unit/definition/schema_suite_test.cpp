#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include "json/cursor.hpp"
#include "json/json.hpp"
#include "support.hpp"

/// The JSON Schema test suite's cases of the keywords that an input's schema may have.
namespace sagad::definition {
namespace {

using testing::HasSubstr;

std::vector<std::string_view> elements(std::string_view array) {
  std::vector<std::string_view> all;
  json::cursor at(array);
  at.elements([&](std::size_t) { return all.push_back(at.take()), true; });
  return all;
}

std::string_view member(std::string_view object, const std::string& name) {
  const std::vector<std::string> path = {name};
  return json::slice(object, path);
}

std::string description(std::string_view object) {
  return json::unescape(member(object, "description"));
}

/// `file | case` -> what its author is told.
std::map<std::string, std::string> refused_cases() {
  std::map<std::string, std::string> all;
  std::istringstream lines(test::read_file("tests/data/conformance/json_schema_refused.txt"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t told = line.rfind(" | ");
    if (told == std::string::npos) throw std::runtime_error("not `file | case | what is told`: " + line);
    if (!all.emplace(line.substr(0, told), line.substr(told + 3)).second) throw std::runtime_error("twice: " + line);
  }
  return all;
}

loaded load_with(std::string_view schema) {
  return load(
      R"({"steps":[{"step":"a","participant":"escrow","compensation":"none","action":{"post":"/v1/a"}}],"input":)" +
          std::string(schema) + "}",
      test::market());
}

std::vector<std::filesystem::path> suite_files(const std::filesystem::path& suite) {
  auto files = test::definitions_in(suite);
  for (auto& file : test::definitions_in(suite / "optional-format")) files.push_back(file);
  return files;
}

TEST(schema_suite, cases_hold_and_those_refused_at_load_are_listed_with_the_reason) {
  const char* suites = std::getenv("CONFORMANCE_DIR");
  ASSERT_NE(suites, nullptr) << "CONFORMANCE_DIR names the folder of the suites";
  auto refused = refused_cases();
  std::size_t held = 0;
  for (const auto& file : suite_files(std::filesystem::path(suites) / "json-schema")) {
    const auto text = test::read_file(file);
    ASSERT_EQ(json::check(text), std::nullopt) << file;
    for (const auto one : elements(text)) {
      const std::string name = file.filename().string() + " | " + description(one);
      const auto result = load_with(member(one, "schema"));
      const auto listed = refused.find(name);
      if (const auto* mistakes = std::get_if<std::vector<mistake>>(&result)) {
        if (listed == refused.end()) {
          ADD_FAILURE() << name << " is refused, and not listed\n" << test::as_text(*mistakes);
          continue;
        }
        EXPECT_THAT(test::as_text(*mistakes), HasSubstr(listed->second)) << name;
        refused.erase(listed);
        continue;
      }
      EXPECT_EQ(listed, refused.end()) << name << " is listed as refused, and loads";
      const auto& schema = std::get<definition_ptr>(result)->schema;
      for (const auto each : elements(member(one, "tests"))) {
        const bool valid = member(each, "valid") == "true";
        EXPECT_EQ(schema.check(member(each, "data")).empty(), valid) << name << " | " << description(each);
        ++held;
      }
    }
  }
  for (const auto& [name, told] : refused) ADD_FAILURE() << "no case that is listed: " << name << " | " << told;
  EXPECT_EQ(held, 454U);
}

}  // namespace
}  // namespace sagad::definition
