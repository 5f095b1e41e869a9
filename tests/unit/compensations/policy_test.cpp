#include "compensations/policy.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <set>

namespace {

using sagad::millis;
using sagad::never;
using sagad::saga_id;
using sagad::compensations::defaults_of_compensatable_action;
using sagad::compensations::defaults_of_must_succeed;
using sagad::compensations::delay_before;
using sagad::compensations::delay_when_blocked;
using sagad::compensations::exhausted;
using sagad::compensations::hold_bound;
using sagad::compensations::jitter_dice;
using sagad::compensations::retry_policy;

constexpr std::uint32_t most_tries = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t highest_dice = std::numeric_limits<std::uint64_t>::max();

// The upper bound of a wait, seen through the dice: `bound` itself comes up, and nothing above it.
void expect_upper_bound(const retry_policy& policy, std::uint32_t next_try, millis bound) {
  SCOPED_TRACE("try " + std::to_string(next_try));
  EXPECT_EQ(delay_before(policy, next_try, static_cast<std::uint64_t>(bound), 0), bound);
  EXPECT_EQ(delay_before(policy, next_try, static_cast<std::uint64_t>(bound) + 1, 0), 0);
}

TEST(retry_policy, defaults_are_those_of_the_documents) {
  const retry_policy action = defaults_of_compensatable_action();
  EXPECT_EQ(action.attempts_max, 5U);
  EXPECT_EQ(action.elapsed_ms, 20'000);
  EXPECT_EQ(action.delay_ms, 50);
  EXPECT_EQ(action.factor_permille, 2000U);
  EXPECT_EQ(action.delay_max_ms, 2'000);
  const retry_policy must = defaults_of_must_succeed();
  EXPECT_EQ(must.attempts_max, 0U);
  EXPECT_EQ(must.elapsed_ms, 600'000);
  EXPECT_EQ(must.delay_ms, 50);
  EXPECT_EQ(must.factor_permille, 2000U);
  EXPECT_EQ(must.delay_max_ms, 30'000);
  EXPECT_EQ(must.stuck_retry_ms, 60'000);
}

TEST(retry_delay, the_first_try_waits_for_nothing) {
  const retry_policy policy = defaults_of_must_succeed();
  for (const std::uint64_t dice : {std::uint64_t{0}, std::uint64_t{12345}, highest_dice}) {
    EXPECT_EQ(delay_before(policy, 0, dice, 0), 0);
    EXPECT_EQ(delay_before(policy, 1, dice, 0), 0);
  }
}

TEST(retry_delay, its_bound_doubles_up_to_the_highest) {
  const retry_policy policy = defaults_of_compensatable_action();
  expect_upper_bound(policy, 2, 50);
  expect_upper_bound(policy, 3, 100);
  expect_upper_bound(policy, 4, 200);
  expect_upper_bound(policy, 7, 1'600);
  expect_upper_bound(policy, 8, 2'000);
  expect_upper_bound(policy, 9, 2'000);
  expect_upper_bound(policy, most_tries, 2'000);
}

TEST(retry_delay, a_factor_with_a_fraction_grows_as_written) {
  retry_policy policy = defaults_of_must_succeed();
  policy.delay_ms = 100;
  policy.factor_permille = 1500;
  expect_upper_bound(policy, 2, 100);
  expect_upper_bound(policy, 3, 150);
  expect_upper_bound(policy, 4, 225);
  policy.factor_permille = 1000;
  expect_upper_bound(policy, most_tries, 100);
  policy.factor_permille = 0;
  expect_upper_bound(policy, most_tries, 100);
}

TEST(retry_delay, a_retry_after_comes_first_and_is_bounded) {
  const retry_policy policy = defaults_of_compensatable_action();
  EXPECT_EQ(delay_before(policy, 2, 0, 1'000), 1'000);
  EXPECT_EQ(delay_before(policy, 2, 50, 1'000), 1'050) << "jitter on top of it";
  EXPECT_EQ(delay_before(policy, 2, 51, 1'000), 1'000) << "at most the bound of this wait";
  EXPECT_EQ(delay_before(policy, 8, 100, 1'900), 2'000) << "together never past the highest";
  EXPECT_EQ(delay_before(policy, 8, 101, 1'900), 1'900);
  EXPECT_EQ(delay_before(policy, 2, highest_dice, 3'600'000), 2'000);
  EXPECT_EQ(delay_before(policy, 2, 50, -7), 50) << "a wait that makes no sense asks for nothing";
}

TEST(retry_delay, is_never_so_short_that_tries_become_a_storm) {
  for (const retry_policy& policy : {retry_policy{.delay_ms = 0, .delay_max_ms = 0},
                                     retry_policy{.delay_ms = 1, .factor_permille = 1000, .delay_max_ms = 10}}) {
    expect_upper_bound(policy, 3, 2);
    expect_upper_bound(policy, 6, 10);
    expect_upper_bound(policy, most_tries, 10);
  }
}

TEST(retry_delay_property, stays_within_its_bounds_for_any_policy_try_and_dice) {
  const std::array<millis, 8> times = {-1, 0, 1, 49, 30'000, never / 2, never - 1, never};
  const std::array<std::uint32_t, 6> tries = {0, 1, 2, 40, 1'000'000, most_tries};
  const std::array<std::uint32_t, 5> factors = {0, 1000, 1001, 2000, most_tries};
  std::mt19937_64 random(7);
  for (const millis delay : times) {
    for (const millis delay_max : times) {
      for (const millis retry_after : times) {
        for (const std::uint32_t factor : factors) {
          for (const std::uint32_t next_try : tries) {
            const retry_policy policy{.delay_ms = delay, .factor_permille = factor, .delay_max_ms = delay_max};
            const std::uint64_t dice = random() % 4 == 0 ? highest_dice : random();
            const millis wait = delay_before(policy, next_try, dice, retry_after);
            const millis most = std::max<millis>(delay_max, 10);
            ASSERT_GE(wait, std::clamp<millis>(retry_after, 0, most)) << delay << ' ' << delay_max << ' ' << next_try;
            ASSERT_LE(wait, most) << delay << ' ' << delay_max << ' ' << next_try;
          }
        }
      }
    }
  }
}

TEST(retry_delay, of_a_blocked_operation_is_its_period_a_quarter_more_or_less) {
  retry_policy policy = defaults_of_must_succeed();
  EXPECT_EQ(delay_when_blocked(policy, 0), 45'000);
  EXPECT_EQ(delay_when_blocked(policy, 30'000), 75'000);
  EXPECT_EQ(delay_when_blocked(policy, 30'001), 45'000);
  policy.stuck_retry_ms = never;
  EXPECT_GT(delay_when_blocked(policy, highest_dice), never / 2);
  policy.stuck_retry_ms = 1;
  EXPECT_EQ(delay_when_blocked(policy, 0), 750) << "as a second would: less would be a storm of records";
  policy.stuck_retry_ms = 0;
  EXPECT_EQ(delay_when_blocked(policy, 0), std::nullopt) << "only by command";
}

TEST(retry_budget, ends_with_the_last_attempt_and_not_before) {
  const retry_policy policy = defaults_of_compensatable_action();
  EXPECT_FALSE(exhausted(policy, {0, 0, 1'000}, 1'000, true));
  EXPECT_FALSE(exhausted(policy, {3, 3, 1'000}, 1'000, true));
  EXPECT_TRUE(exhausted(policy, {4, 4, 1'000}, 1'000, true)) << "that was the fifth";
  EXPECT_FALSE(exhausted(policy, {4, 4, 1'000}, 1'000, false)) << "busy and not sent spend time, not attempts";
  EXPECT_TRUE(exhausted(policy, {most_tries, most_tries, 1'000}, 1'000, true));
}

TEST(retry_budget, ends_when_its_time_is_over_though_no_attempt_was_made) {
  const retry_policy policy = defaults_of_compensatable_action();
  EXPECT_FALSE(exhausted(policy, {0, 0, 1'000}, 20'999, false));
  EXPECT_TRUE(exhausted(policy, {0, 0, 1'000}, 21'000, false));
  EXPECT_FALSE(exhausted(policy, {0, 0, 1'000}, 0, false)) << "a time before the beginning";
  EXPECT_FALSE(exhausted(policy, {0, 0, never - 5}, never - 1, false)) << "sums past the end of time";
}

TEST(retry_budget, without_bounds_never_ends) {
  const retry_policy policy{.attempts_max = 0, .elapsed_ms = 0};
  EXPECT_FALSE(exhausted(policy, {most_tries, most_tries, 0}, never, true));
  EXPECT_FALSE(exhausted(defaults_of_must_succeed(), {most_tries, most_tries, 0}, 599'999, true));
  EXPECT_TRUE(exhausted(defaults_of_must_succeed(), {0, 0, 0}, 600'000, false));
}

TEST(retry_budget, without_a_bound_on_time_counts_every_try) {
  const retry_policy policy{.attempts_max = 5, .elapsed_ms = 0};
  EXPECT_FALSE(exhausted(policy, {0, 3, 0}, never, false));
  EXPECT_TRUE(exhausted(policy, {0, 4, 0}, 1, false)) << "that was the fifth, though none was sent";
  EXPECT_TRUE(exhausted(policy, {0, most_tries, 0}, 1, false));
}

TEST(retry_hold, lasts_no_longer_than_the_budget_and_has_an_end_where_tries_have_one) {
  EXPECT_EQ(hold_bound(defaults_of_compensatable_action()), 20'000);
  EXPECT_EQ(hold_bound({.attempts_max = 5, .elapsed_ms = 0}), 600'000);
  EXPECT_EQ(hold_bound({.attempts_max = 0, .elapsed_ms = 0}), never);
}

TEST(jitter, is_the_same_for_the_same_wait_and_differs_in_every_part_of_it) {
  const saga_id saga = saga_id::make(1'700'000'000'000, 3, 42);
  const std::uint64_t dice = jitter_dice(saga, 1, 1, 2);
  EXPECT_EQ(jitter_dice(saga, 1, 1, 2), dice);
  EXPECT_NE(jitter_dice(saga, 2, 1, 2), dice);
  EXPECT_NE(jitter_dice(saga, 1, 2, 2), dice);
  EXPECT_NE(jitter_dice(saga, 1, 1, 3), dice);
  for (std::size_t byte = 0; byte < saga.bytes.size(); ++byte) {
    saga_id other = saga;
    other.bytes[byte] ^= 1;
    EXPECT_NE(jitter_dice(other, 1, 1, 2), dice) << "byte " << byte;
  }
}

// Sagas of one millisecond and one partition that fail together must not come back together.
TEST(jitter, spreads_the_waits_of_neighbouring_sagas_evenly) {
  constexpr std::size_t sagas = 10'000;
  std::array<std::size_t, 10> tenths{};
  for (std::size_t number = 0; number < sagas; ++number) {
    const saga_id saga = saga_id::make(1'700'000'000'000, 3, number);
    const millis wait = delay_before({.delay_ms = 999, .delay_max_ms = 999}, 2, jitter_dice(saga, 0, 1, 2), 0);
    ++tenths[static_cast<std::size_t>(wait) / 100];
  }
  for (const std::size_t count : tenths) {
    EXPECT_GT(count, sagas / 10 * 8 / 10);
    EXPECT_LT(count, sagas / 10 * 12 / 10);
  }
}

}  // namespace
