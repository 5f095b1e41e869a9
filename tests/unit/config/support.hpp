#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "config/pages.hpp"
#include "config/parse.hpp"
#include "tests/support/temporary_folder.hpp"

namespace sagad::config {

using variables = std::map<std::string, std::string>;

inline outcome parse_with(std::vector<std::string> arguments, const variables& set = {}) {
  std::vector<const char*> argv = {"sagad"};
  for (const auto& each : arguments) argv.push_back(each.c_str());
  return parse(static_cast<int>(argv.size()), argv.data(), [&](const std::string& name) -> std::optional<std::string> {
    const auto found = set.find(name);
    if (found == set.end()) return std::nullopt;
    return found->second;
  });
}

/// The settings; a failure with what was told when there are none.
inline settings settings_of(const outcome& parsed) {
  if (const auto* end = std::get_if<exit>(&parsed)) {
    ADD_FAILURE() << end->text;
    return {};
  }
  return std::get<settings>(parsed);
}

/// How it ended; a failure when it did not.
inline exit end_of(const outcome& parsed) {
  if (std::holds_alternative<settings>(parsed)) {
    ADD_FAILURE() << "nothing ended here";
    return {-1, {}};
  }
  return std::get<exit>(parsed);
}

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The reference page's file, with another folder of definitions.
inline std::string example_of_the_reference(const std::string& definitions) {
  const auto page = reference_page();
  const std::string fence = "```yaml\n";
  const auto begin = page.find(fence) + fence.size();
  auto example = page.substr(begin, page.find("```\n", begin) - begin);
  const std::string line = "definitions: sagas";
  return example.replace(example.find(line), line.size(), "definitions: " + definitions);
}

using tests::temporary_folder;

}  // namespace sagad::config
