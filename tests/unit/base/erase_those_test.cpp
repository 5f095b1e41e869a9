#include "base/erase_those.hpp"

#include <gtest/gtest.h>

#include <boost/container/small_vector.hpp>

namespace {

TEST(erase_those, keeps_the_others_in_their_order_and_tells_how_many_went) {
  boost::container::small_vector<int, 2> numbers = {1, 2, 3, 4, 5};
  EXPECT_EQ(sagad::erase_those(numbers, [](int one) { return one % 2 == 0; }), 2U);
  EXPECT_EQ(numbers, (boost::container::small_vector<int, 2>{1, 3, 5}));
  EXPECT_EQ(sagad::erase_those(numbers, [](int one) { return one > 5; }), 0U);
}

}  // namespace
