#include "base/moment.hpp"

#include <gtest/gtest.h>

namespace {

using sagad::later;
using sagad::never;

TEST(later, adds_what_may_be_negative) {
  EXPECT_EQ(later(1'000, 234), 1'234);
  EXPECT_EQ(later(1'000, 0), 1'000);
  EXPECT_EQ(later(1'000, -234), 766);
}

TEST(later, is_never_past_the_end_of_time) {
  EXPECT_EQ(later(never - 1, 1), never);
  EXPECT_EQ(later(never - 1, 2), never);
  EXPECT_EQ(later(1'000, never), never);
}

TEST(later, leaves_never_where_it_is) {
  EXPECT_EQ(later(never, 0), never);
  EXPECT_EQ(later(never, 1), never);
  EXPECT_EQ(later(never, never), never);
  EXPECT_EQ(later(never, -1), never);
}

}  // namespace
