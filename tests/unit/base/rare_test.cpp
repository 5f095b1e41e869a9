#include "base/rare.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace {

using numbers = sagad::rare<std::vector<int>>;

TEST(rare, is_read_as_a_new_one_until_it_is_made) {
  numbers some;
  EXPECT_TRUE(some->empty());
  EXPECT_FALSE(some.made());
  some.make().push_back(7);
  EXPECT_TRUE(some.made());
  EXPECT_EQ(some.make().back(), 7) << "the one that was made";
  EXPECT_EQ(some->size(), 1U);
  some.drop();
  EXPECT_FALSE(some.made());
  EXPECT_TRUE((*some).empty());
}

TEST(rare, copies_are_deep_and_one_into_itself_keeps_its_part) {
  numbers first;
  first.make().push_back(1);
  auto second = first;
  first.make().push_back(2);
  EXPECT_EQ(second->size(), 1U);
  const auto& same = second;
  second = same;
  EXPECT_EQ(second->size(), 1U);
  second = first;
  EXPECT_EQ(second->size(), 2U);
  second = numbers();
  EXPECT_FALSE(second.made());
}

TEST(rare, a_move_hands_over_the_part) {
  numbers first;
  const auto* made = &first.make();
  const auto second = std::move(first);
  EXPECT_EQ(&*second, made);
}

}  // namespace
