#include "base/limit_share.hpp"

#include <gtest/gtest.h>

namespace sagad {
namespace {

TEST(limit_share, all_shares_together_are_the_whole_and_none_is_two_larger_than_another) {
  for (std::uint64_t parts = 1; parts <= 9; ++parts) {
    for (std::uint64_t whole = 0; whole <= 40; ++whole) {
      std::uint64_t sum = 0;
      for (std::uint64_t number = 0; number < parts; ++number) {
        const auto share = share_of(whole, parts, number);
        EXPECT_GE(share, whole / parts);
        EXPECT_LE(share, whole / parts + 1);
        sum += share;
      }
      EXPECT_EQ(sum, whole);
    }
  }
}

}  // namespace
}  // namespace sagad
