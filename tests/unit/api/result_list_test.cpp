#include "api/result_list.hpp"

#include <gtest/gtest.h>

namespace sagad::api {
namespace {

result_list grown(std::size_t items) {
  result_list list;
  for (std::size_t at = 0; at < items; ++at) list.grow();
  return list;
}

TEST(a_result_list, has_them_in_the_order_of_the_items) {
  auto list = grown(3);
  list.tell(2, "2");
  list.tell(0, "0");
  EXPECT_FALSE(list.join(10));
  list.tell(1, "1");
  EXPECT_TRUE(list.join(10));
  EXPECT_EQ(list.take(), "[0,1,2]");
}

TEST(a_result_list, may_be_empty) {
  auto list = grown(0);
  EXPECT_TRUE(list.join(1));
  EXPECT_EQ(list.take(), "[]");
}

// However many wait behind a slow one.
TEST(a_result_list, joins_few_with_each_that_is_told_and_no_more_than_it_is_asked_to) {
  constexpr std::size_t items = 10'000;
  auto list = grown(items);
  for (std::size_t at = 1; at < items; ++at) list.tell(at, "1");
  EXPECT_EQ(list.joined(), 0U);
  list.tell(0, "1");
  EXPECT_EQ(list.joined(), 2U);
  EXPECT_FALSE(list.join(256));
  EXPECT_EQ(list.joined(), 258U);
  std::size_t turns = 1;
  while (!list.join(256)) ++turns;
  EXPECT_EQ(turns, (items - 2) / 256);
  EXPECT_EQ(list.joined(), items);
}

TEST(a_result_list, is_joined_along_the_way_when_they_come_in_order) {
  auto list = grown(1000);
  for (std::size_t at = 0; at < 1000; ++at) {
    list.tell(at, "1");
    EXPECT_EQ(list.joined(), at + 1);
  }
}

}  // namespace
}  // namespace sagad::api
