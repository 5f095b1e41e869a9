// What is kept of inputs and responses.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/saga.hpp"

namespace sagad::engine {
namespace {

TEST(kept_slices, inside_one_another_are_kept_once) {
  json::path_tree wanted;
  std::vector<std::string> path;
  std::string text = "{\"z\":7,\"a\":";
  for (definition::slice_no depth = 0; depth < 30; ++depth) {
    path.emplace_back("a");
    wanted.add(path, depth);
    if (depth > 0) text += "{\"a\":";
  }
  const std::vector<std::string> other = {"y"};
  wanted.add(other, 30);
  text += "\"" + std::string(1000, 'x') + "\"" + std::string(29, '}') + ",\"y\":[1,2]}";
  slice_store kept;
  kept.resize(31);
  kept.keep(wanted, text);
  EXPECT_LE(kept.bytes(), text.size() + 31 * slice_store::bytes_a_slice);
  EXPECT_EQ(kept.get(29), "\"" + std::string(1000, 'x') + "\"");
  EXPECT_EQ(kept.get(28), "{\"a\":" + std::string(kept.get(29)) + "}");
  EXPECT_EQ(kept.get(30), "[1,2]");
}

TEST(kept_slices, of_one_text_stay_when_another_is_kept) {
  json::path_tree first;
  json::path_tree second;
  const std::vector<std::string> a = {"a"};
  const std::vector<std::string> b = {"a", "b"};
  first.add(a, 0);
  second.add(b, 1);
  second.add(a, 2);
  slice_store kept;
  kept.resize(4);
  kept.keep(first, R"({"a":"one"})");
  kept.keep(second, R"({"a":{"b":[2]}})");
  EXPECT_EQ(kept.get(0), "\"one\"");
  EXPECT_EQ(kept.get(1), "[2]");
  EXPECT_EQ(kept.get(2), "{\"b\":[2]}");
  EXPECT_EQ(kept.get(3).data(), nullptr);
}

}  // namespace
}  // namespace sagad::engine
