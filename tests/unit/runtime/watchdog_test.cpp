#include "runtime/watchdog.hpp"

#include <gtest/gtest.h>

namespace sagad::runtime {
namespace {

using namespace std::chrono_literals;

TEST(watchdog, counts_what_takes_longer_than_its_bound_and_keeps_the_longest) {
  watchdog one;
  EXPECT_FALSE(one.spent(turn_part::handler, 1ms));
  EXPECT_EQ(one.of(turn_part::handler).overruns, 0U);
  EXPECT_FALSE(one.spent(turn_part::handler, 1ms + 1ns));
  EXPECT_FALSE(one.spent(turn_part::handler, 7ms));
  EXPECT_FALSE(one.spent(turn_part::handler, 3ms));
  EXPECT_EQ(one.of(turn_part::handler).overruns, 3U);
  EXPECT_EQ(one.of(turn_part::handler).longest, 7ms);
  EXPECT_EQ(one.of(turn_part::journal).overruns, 0U) << "the journal's part is counted apart";
}

TEST(watchdog, is_alarmed_by_a_second) {
  watchdog one;
  EXPECT_FALSE(one.spent(turn_part::time, 999ms));
  EXPECT_TRUE(one.spent(turn_part::time, 1s));
}

TEST(watchdog, of_two_reactors_has_both_counts_and_the_longest_of_either) {
  watchdog one;
  one.spent(turn_part::audit, 2ms);
  watchdog other;
  other.spent(turn_part::audit, 5ms);
  other.spent(turn_part::settled, 4ms);
  one += other;
  EXPECT_EQ(one.of(turn_part::audit).overruns, 2U);
  EXPECT_EQ(one.of(turn_part::audit).longest, 5ms);
  EXPECT_EQ(one.of(turn_part::settled).longest, 4ms);
}

TEST(watchdog, every_part_has_a_name_of_its_own) {
  for (std::size_t at = 0; at < watchdog::parts; ++at) {
    for (std::size_t other = 0; other < at; ++other) {
      EXPECT_NE(name(static_cast<turn_part>(at)), name(static_cast<turn_part>(other)));
    }
  }
}

}  // namespace
}  // namespace sagad::runtime
