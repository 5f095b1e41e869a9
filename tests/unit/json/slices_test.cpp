#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "json/cursor.hpp"
#include "json/json.hpp"
#include "json/path_tree.hpp"

namespace sagad::json {
namespace {

using ::testing::ElementsAre;
using names = std::vector<std::string>;

std::vector<std::string> cut(std::string_view text, const std::vector<names>& wanted) {
  path_tree tree;
  for (const auto& where : wanted) tree.add(where, static_cast<path_tree::number>(tree.size()));
  std::vector<std::string> found(wanted.size(), "(absent)");
  tree.cut(text, [&found](auto which, auto raw) { found[which] = std::string(raw); });
  return found;
}

TEST(json_slices, come_in_the_order_of_their_paths) {
  const auto* text = R"({ "seller" : "ann", "price": 250 , "item":{"id":7,"tags":["a", {"b":2}]} })";
  EXPECT_THAT(cut(text, {{"price"}, {"item", "tags", "1", "b"}, {"seller"}, {"item", "tags"}, {"item", "tags", "0"}}),
              ElementsAre("250", "2", "\"ann\"", R"(["a", {"b":2}])", "\"a\""));
}

TEST(json_slices, an_empty_path_is_the_whole_value_without_white_space) {
  EXPECT_THAT(cut(" \n{\"a\":1}\t", {{}, {"a"}, {}}), ElementsAre("{\"a\":1}", "1", "{\"a\":1}"));
  EXPECT_THAT(cut("7", {{}, {"a"}}), ElementsAre("7", "(absent)"));
}

TEST(json_slices, are_views_into_the_text) {
  const std::string text = R"({"a":[10,20]})";
  const std::vector<std::string> where = {"a", "1"};
  const auto found = slice(text, where);
  EXPECT_EQ(found.data(), text.data() + 9);
  EXPECT_EQ(found, "20");
}

TEST(json_slices, tell_absent_from_null_and_from_empty) {
  EXPECT_THAT(cut(R"({"a":null,"b":""})", {{"a"}, {"b"}, {"c"}, {"a", "x"}, {"b", "0"}}),
              ElementsAre("null", "\"\"", "(absent)", "(absent)", "(absent)"));
}

TEST(json_slices, find_names_however_they_are_escaped) {
  EXPECT_THAT(cut(R"({"\u0061":1,"q\"x":2,"\\u0062":3,"":4})", {{"a"}, {"q\"x"}, {"b"}, {"\\u0062"}, {""}}),
              ElementsAre("1", "2", "(absent)", "3", "4"));
}

TEST(json_slices, indices_are_plain_decimals) {
  EXPECT_THAT(cut("[10,11,12]", {{"0"}, {"2"}, {"3"}, {"01"}, {"-1"}, {"+1"}, {""}}),
              ElementsAre("10", "12", "(absent)", "(absent)", "(absent)", "(absent)", "(absent)"));
  EXPECT_THAT(cut(R"({"0":"name"})", {{"0"}}), ElementsAre("\"name\""));
}

TEST(json_slices, pass_over_what_looks_like_structure_in_strings) {
  EXPECT_THAT(cut(R"({"x":{"y":"}]\"\\","z":["]",{}]},"a":"\\"})", {{"a"}, {"x", "z"}}),
              ElementsAre(R"("\\")", R"(["]",{}])"));
}

TEST(json_slices, more_than_64_at_once) {
  std::string text = "{";
  std::vector<names> wanted;
  for (int number = 0; number < 200; ++number) {
    text += (number == 0 ? "\"n" : ",\"n") + std::to_string(number) + "\":" + std::to_string(number);
    wanted.push_back({"n" + std::to_string(199 - number)});
  }
  const auto found = cut(text + "}", wanted);
  for (std::size_t at = 0; at < found.size(); ++at) EXPECT_EQ(found[at], std::to_string(199 - at));
}

TEST(json_slices, numbers_keep_their_text) {
  EXPECT_THAT(cut(R"([1.50, -0, 123456789012345678901234567890, 1E+2])", {{"0"}, {"1"}, {"2"}, {"3"}}),
              ElementsAre("1.50", "-0", "123456789012345678901234567890", "1E+2"));
}

TEST(json_slices, of_nothing_asked_is_nothing) {
  EXPECT_EQ(path_tree().cut("{}", [](auto, auto) { FAIL(); }), 0U);
}

TEST(json_slices, come_outer_ones_first) {
  path_tree tree;
  const std::vector<names> wanted = {{"a", "b", "c"}, {"z"}, {"a", "b"}, {"a"}};
  for (const auto& where : wanted) tree.add(where, static_cast<path_tree::number>(tree.size()));
  std::vector<int> order;
  tree.cut(R"({"a":{"b":{"c":1}},"z":2})", [&order](auto which, auto) { order.push_back(which); });
  EXPECT_THAT(order, ElementsAre(3, 2, 0, 1));
}

// A client's members times the values that a definition reads would hold a reactor for seconds.
TEST(json_slices, of_many_members_and_many_paths_do_not_multiply) {
  constexpr std::size_t members = 10'000;
  constexpr std::size_t paths = 1024;
  path_tree tree;
  for (std::size_t which = 0; which < paths; ++which) {
    const names where = {"v" + std::to_string(1'000'000 + which * 7)};
    tree.add(where, static_cast<path_tree::number>(which));
  }
  std::string text = "{\"x\":0";
  for (std::size_t which = 0; which < members; ++which) text += ",\"v" + std::to_string(1'000'000 + which) + "\":1";
  std::size_t found = 0;
  const auto compared = tree.cut(text + "}", [&found](auto, auto) { ++found; });
  EXPECT_EQ(found, paths);
  EXPECT_LE(compared, members * 12) << "a binary search among 1024, and one look at what it found";
}

TEST(json_slices, of_escaped_names_are_looked_up_by_what_they_say) {
  EXPECT_THAT(cut(R"({"\u0061\u0062":1,"a\nb":2})", {{"ab"}, {"a\nb"}, {"a"}}), ElementsAre("1", "2", "(absent)"));
}

TEST(json_cursor, visits_members_and_elements_in_order) {
  cursor at(R"( { "a" : [ 1 , "x" ] , "b" : { } , "c" : [] } )");
  std::string seen;
  at.members([&](std::string_view name) {
    seen += name;
    if (at.next_kind() != kind::array) {
      seen += at.take();
      return true;
    }
    return at.elements([&](std::size_t index) {
      seen += std::to_string(index) + "=";
      seen += at.take();
      return true;
    });
  });
  EXPECT_EQ(seen, R"("a"0=11="x""b"{ }"c")");
}

}  // namespace
}  // namespace sagad::json
