#include "dispatch/circuit.hpp"

#include <gtest/gtest.h>

namespace sagad::dispatch {
namespace {

using permit = circuit::permit;

circuit_settings few() {
  return {.failures_in_a_row = 3,
          .failure_percent = 50,
          .window_calls_min = 10,
          .window_ms = 1'000,
          .open_ms = 100,
          .open_ms_max = 400};
}

circuit opened_at(millis now) {
  circuit one(few());
  for (int i = 0; i < 3; ++i) one.failed(now, false);
  return one;
}

TEST(circuit, is_closed_at_first_and_lets_calls_go) {
  circuit one;
  EXPECT_EQ(one.state(), circuit_state::closed);
  EXPECT_EQ(one.ask(0), permit::go);
  EXPECT_EQ(one.probe_at(), never);
}

TEST(circuit, opens_after_failures_in_a_row) {
  circuit one(few());
  one.failed(10, false);
  one.failed(11, false);
  EXPECT_EQ(one.ask(12), permit::go);
  one.failed(12, false);
  EXPECT_EQ(one.state(), circuit_state::open);
  EXPECT_EQ(one.since(), 12);
  EXPECT_EQ(one.ask(13), permit::none);
  EXPECT_EQ(one.probe_at(), 112);
}

TEST(circuit, a_success_breaks_the_row) {
  circuit one(few());
  for (int i = 0; i < 4; ++i) {
    one.failed(i, false);
    one.failed(i, false);
    for (int k = 0; k < 5; ++k) one.succeeded(i, false);
  }
  EXPECT_EQ(one.state(), circuit_state::closed);
}

TEST(circuit, opens_at_the_failure_rate_of_a_window) {
  circuit one(few());
  for (int i = 0; i < 4; ++i) {
    one.succeeded(i, false);
    one.failed(i, false);
  }
  one.succeeded(5, false);
  EXPECT_EQ(one.state(), circuit_state::closed);  // nine calls are too few to judge
  one.failed(5, false);
  EXPECT_EQ(one.state(), circuit_state::open);
}

TEST(circuit, forgets_the_failures_of_an_older_window) {
  circuit one(few());
  for (int i = 0; i < 4; ++i) {
    one.succeeded(0, false);
    one.failed(0, false);
  }
  one.succeeded(1'000, false);
  one.failed(1'001, false);
  EXPECT_EQ(one.state(), circuit_state::closed);
}

TEST(circuit, lets_one_probe_go_when_its_time_has_come) {
  auto one = opened_at(0);
  EXPECT_EQ(one.ask(99), permit::none);
  EXPECT_EQ(one.ask(100), permit::probe);
  EXPECT_EQ(one.state(), circuit_state::half_open);
  EXPECT_EQ(one.ask(100), permit::none);
  EXPECT_EQ(one.ask_early(10'000), permit::none);
  EXPECT_EQ(one.probe_at(), never);
}

TEST(circuit, holds_calls_until_its_probes_time_and_while_the_probe_is_under_way) {
  circuit one({.failures_in_a_row = 1, .open_ms = 1'000});
  EXPECT_FALSE(one.holds(0));
  one.failed(0, false);
  EXPECT_TRUE(one.holds(999));
  EXPECT_FALSE(one.is_due(999));
  EXPECT_FALSE(one.holds(1'000));
  EXPECT_TRUE(one.is_due(1'000));
  EXPECT_EQ(one.ask(1'000), circuit::permit::probe);
  EXPECT_TRUE(one.holds(1'000));
  EXPECT_FALSE(one.is_due(1'000));
  one.succeeded(1'001, true);
  EXPECT_FALSE(one.holds(1'001));
}

TEST(circuit, a_probe_that_succeeds_closes_it) {
  auto one = opened_at(0);
  ASSERT_EQ(one.ask(100), permit::probe);
  EXPECT_TRUE(one.succeeded(150, true));
  EXPECT_EQ(one.state(), circuit_state::closed);
  EXPECT_EQ(one.since(), 150);
  EXPECT_EQ(one.ask(150), permit::go);
  one.failed(151, false);
  one.failed(152, false);
  EXPECT_EQ(one.state(), circuit_state::closed);  // old failures are forgotten
}

TEST(circuit, a_probe_that_fails_opens_it_for_twice_as_long_up_to_a_limit) {
  auto one = opened_at(0);
  millis now = 100;
  for (millis const pause : {200, 400, 400}) {
    ASSERT_EQ(one.ask(now), permit::probe);
    one.failed(now, true);
    EXPECT_EQ(one.state(), circuit_state::open);
    EXPECT_EQ(one.probe_at(), now + pause);
    now += pause;
  }
  ASSERT_EQ(one.ask(now), permit::probe);
  one.succeeded(now, true);
  for (int i = 0; i < 3; ++i) one.failed(now, false);
  EXPECT_EQ(one.probe_at(), now + 100);  // a success made it patient again
}

TEST(circuit, ends_of_calls_from_before_it_opened_change_nothing) {
  auto one = opened_at(0);
  EXPECT_FALSE(one.succeeded(10, false));
  one.failed(20, false);
  EXPECT_EQ(one.state(), circuit_state::open);
  EXPECT_EQ(one.probe_at(), 100);
  ASSERT_EQ(one.ask(100), permit::probe);
  EXPECT_FALSE(one.succeeded(101, false));
  one.failed(101, false);
  EXPECT_EQ(one.state(), circuit_state::half_open);
}

TEST(circuit, a_probe_taken_back_leaves_its_place_to_another) {
  auto one = opened_at(0);
  ASSERT_EQ(one.ask(100), permit::probe);
  one.probe_withdrawn();
  EXPECT_EQ(one.state(), circuit_state::open);
  EXPECT_EQ(one.ask(101), permit::probe);
}

TEST(circuit, one_that_has_waited_long_may_probe_before_the_time_but_not_at_once_again) {
  auto one = opened_at(0);
  ASSERT_EQ(one.ask(100), permit::probe);
  one.failed(100, true);  // the next probe at 300
  EXPECT_EQ(one.ask_early(199), permit::none);
  EXPECT_EQ(one.ask(200), permit::none);
  EXPECT_EQ(one.ask_early(200), permit::probe);
}

TEST(circuit, who_is_urgent_probes_at_once) {
  auto one = opened_at(10);
  EXPECT_EQ(one.ask(11), permit::none);
  EXPECT_EQ(one.ask_urgently(11), permit::probe);
  EXPECT_EQ(one.state(), circuit_state::half_open);
  EXPECT_TRUE(one.succeeded(12, true));
  EXPECT_EQ(one.state(), circuit_state::closed);
}

TEST(circuit, who_is_urgent_waits_for_the_probe_that_is_under_way) {
  auto one = opened_at(10);
  EXPECT_EQ(one.ask_urgently(11), permit::probe);
  EXPECT_EQ(one.ask_urgently(11), permit::none);
  one.failed(12, true);
  EXPECT_EQ(one.probe_at(), 12 + 200) << "an urgent probe that fails keeps it open for twice as long, as any other";
  EXPECT_EQ(one.ask_urgently(13), permit::probe);
}

TEST(circuit, who_is_urgent_is_as_anybody_while_it_is_closed) {
  circuit one(few());
  EXPECT_EQ(one.ask_urgently(0), permit::go);
}

}  // namespace
}  // namespace sagad::dispatch
