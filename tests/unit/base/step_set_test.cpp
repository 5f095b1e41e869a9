#include "base/step_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace {

using sagad::step_no;
using sagad::step_set;

step_set set_of(const std::set<int>& members) {
  step_set result;
  for (auto member : members) result.set(static_cast<step_no>(member));
  return result;
}

std::vector<int> members(const step_set& set) {
  std::vector<int> result;
  set.for_each([&](step_no step) { result.push_back(step); });
  return result;
}

TEST(step_set, is_empty_at_first) {
  EXPECT_TRUE(step_set{}.none());
  EXPECT_FALSE(step_set{}.any());
  EXPECT_EQ(step_set{}.count(), 0U);
  EXPECT_TRUE(members({}).empty());
}

TEST(step_set, holds_each_of_256_steps) {
  for (int step = 0; step < 256; ++step) {
    const auto one = set_of({step});
    EXPECT_TRUE(one.test(static_cast<step_no>(step)));
    EXPECT_EQ(one.count(), 1U);
    EXPECT_TRUE(one.any());
    EXPECT_EQ(members(one), std::vector<int>{step});
    auto cleared = one;
    cleared.clear(static_cast<step_no>(step));
    EXPECT_TRUE(cleared.none());
  }
}

TEST(step_set, is_visited_lowest_first) {
  EXPECT_EQ(members(set_of({255, 3, 64, 63, 128, 0, 191})), (std::vector<int>{0, 3, 63, 64, 128, 191, 255}));
}

TEST(step_set, agrees_with_a_set_of_numbers) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::set<int> left;
    std::set<int> right;
    for (auto count = random() % 100; count > 0; --count) left.insert(static_cast<int>(random() % 256));
    for (auto count = random() % 100; count > 0; --count) right.insert(static_cast<int>(random() % 256));
    std::set<int> both;
    std::set<int> either = left;
    std::set<int> only_left;
    either.insert(right.begin(), right.end());
    for (auto step : left) (right.count(step) != 0 ? both : only_left).insert(step);
    EXPECT_EQ(set_of(left) & set_of(right), set_of(both));
    EXPECT_EQ(set_of(left) | set_of(right), set_of(either));
    EXPECT_EQ(set_of(left).and_not(set_of(right)), set_of(only_left));
    EXPECT_EQ(set_of(left).contains(set_of(right)), both.size() == right.size());
    EXPECT_TRUE(set_of(either).contains(set_of(left)));
    EXPECT_EQ(set_of(left).count(), left.size());
    EXPECT_EQ(set_of(left) == set_of(right), left == right);
  }
}

}  // namespace
