#include <algorithm>

#include "tests/unit/config/support.hpp"

namespace sagad::config {
namespace {

// Each NAME.yaml in bad/ is refused with exactly the lines of NAME.txt beside it.
TEST(bad_files, are_refused_with_the_messages_beside_them) {
  const std::filesystem::path folder = "tests/unit/config/bad";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto& path = entry.path();
    if (path.extension() != ".yaml") continue;
    ++files;
    const auto end = end_of(parse_with({"--config", path.string()}, {{"A_KEY", "value"}, {"EMPTY", ""}}));
    EXPECT_EQ(end.code, 2) << path;
    std::string told = end.text.substr(end.text.find('\n') + 1);
    const std::string prefix = path.string() + ":";
    for (auto at = told.find(prefix); at != std::string::npos; at = told.find(prefix)) told.erase(at, prefix.size());
    EXPECT_EQ(told, text_of(std::filesystem::path(path).replace_extension(".txt"))) << path;
  }
  EXPECT_GE(files, 10U);
}

}  // namespace
}  // namespace sagad::config
