#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "journal/postgres/share.hpp"

namespace sagad::journal::postgres {
namespace {

constexpr std::size_t all = 256;

TEST(share, of_one_is_all_and_of_none_is_nothing) {
  EXPECT_EQ(share_of("a", {{"a", 0}}, all), all);
  EXPECT_EQ(share_of("a", {}, all), 0U);
  EXPECT_EQ(share_of("a", {{"b", 0}}, all), 0U) << "it does not take part";
}

TEST(share, the_larger_ones_are_of_those_who_own_so_many) {
  EXPECT_EQ(share_of("a", {{"a", 85}, {"b", 85}, {"c", 86}}, all), 85U);
  EXPECT_EQ(share_of("c", {{"a", 85}, {"b", 85}, {"c", 86}}, all), 86U);
  EXPECT_EQ(share_of("a", {{"a", 0}, {"b", 128}, {"c", 128}}, all), 85U);
  EXPECT_EQ(share_of("b", {{"a", 0}, {"b", 128}, {"c", 128}}, all), 86U);
  EXPECT_EQ(share_of("c", {{"a", 0}, {"b", 128}, {"c", 128}}, all), 85U);
  EXPECT_EQ(share_of("b", {{"a", 30}, {"b", 100}, {"c", 126}}, all), 86U) << "nor does it change under way";
}

// Whatever each has: when all act on what they see, they come to level shares in one step, and what each had of its
// share it keeps.
TEST(share, all_come_to_the_same) {
  std::mt19937 random(1);
  for (int turn = 0; turn < 1'000; ++turn) {
    std::vector<sharer> nodes(1 + random() % 12);
    auto left = all;
    for (std::size_t at = 0; at < nodes.size(); ++at) {
      nodes[at] = {std::string(1, static_cast<char>('a' + at)), random() % (left + 1)};
      left -= nodes[at].owns;
    }
    std::vector<std::size_t> shares;
    std::size_t moved = 0;
    for (const auto& node : nodes) {
      shares.push_back(share_of(node.name, nodes, all));
      moved += node.owns > shares.back() ? node.owns - shares.back() : 0;
    }
    EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), std::size_t{0}), all);
    EXPECT_LE(*std::max_element(shares.begin(), shares.end()) - *std::min_element(shares.begin(), shares.end()), 1U);
    // No other dealing out of level shares moves fewer: with the larger ones where they save a move.
    std::size_t least = 0;
    std::size_t larger = all % nodes.size();
    for (const auto& node : nodes) {
      const auto share = all / nodes.size();
      if (node.owns <= share) continue;
      const std::size_t spared = larger > 0 ? 1 : 0;
      larger -= spared;
      least += node.owns - share - spared;
    }
    EXPECT_EQ(moved, least);
  }
}

}  // namespace
}  // namespace sagad::journal::postgres
