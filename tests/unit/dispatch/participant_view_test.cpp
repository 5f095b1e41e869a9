// What several reactors know of a participant, added up.
#include "dispatch/participant_view.hpp"

#include <gtest/gtest.h>

namespace sagad::dispatch {
namespace {

participant_view seen(circuit_state circuit, millis since) {
  participant_view one;
  one.name = "bank";
  one.endpoints.push_back({"http://127.0.0.1:1", 2, 700, 600, 3, 1});
  one.circuit = circuit;
  one.circuit_since = since;
  one.in_flight = 2;
  one.limit = 8;
  one.slots = 128;
  one.waiting = {1, 0, 4};
  one.waiting_since = since;
  one.answered = 10;
  one.not_sent = 1;
  one.unknown = 2;
  one.strayed = 3;
  one.took.add(4);
  return one;
}

TEST(participant_view, of_two_reactors_is_their_sum) {
  auto one = seen(circuit_state::closed, 500);
  auto other = seen(circuit_state::closed, 400);
  other.endpoints[0].missed_at = 710;
  one += other;
  EXPECT_EQ(one.name, "bank");
  EXPECT_EQ(one.endpoints[0].in_flight, 4U);
  EXPECT_EQ(one.endpoints[0].reached_at, 700);
  EXPECT_EQ(one.endpoints[0].missed_at, 710);
  EXPECT_EQ(one.endpoints[0].connections, 6U);
  EXPECT_EQ(one.endpoints[0].idle_connections, 2U);
  EXPECT_EQ(one.in_flight, 4U);
  EXPECT_EQ(one.limit, 16U);
  EXPECT_EQ(one.slots, 256U);
  EXPECT_EQ(one.waiting, (std::array<std::size_t, 3>{2, 0, 8}));
  EXPECT_EQ(one.waiting_since, 400);
  EXPECT_EQ(one.answered, 20U);
  EXPECT_EQ(one.not_sent, 2U);
  EXPECT_EQ(one.unknown, 4U);
  EXPECT_EQ(one.strayed, 6U);
  EXPECT_EQ(one.took.count(), 2U);
}

TEST(participant_view, is_left_alone_when_any_reactor_holds_calls_back) {
  auto one = seen(circuit_state::half_open, 1);
  auto other = one;
  one += other;
  EXPECT_FALSE(one.left_alone);
  other.left_alone = true;
  one += other;
  EXPECT_TRUE(one.left_alone);
}

TEST(participant_view, an_endpoint_is_reachable_as_far_as_the_newest_call_of_any_reactor_knows) {
  auto one = seen(circuit_state::closed, 1);
  EXPECT_TRUE(one.endpoints[0].reachable());
  auto other = one;
  other.endpoints[0].missed_at = 710;
  one += other;
  EXPECT_FALSE(one.endpoints[0].reachable());
  other.endpoints[0].reached_at = 720;
  one += other;
  EXPECT_TRUE(one.endpoints[0].reachable());
  EXPECT_TRUE(participant_view::endpoint().reachable()) << "never called";
}

TEST(participant_view, shows_the_circuit_that_lets_least_through) {
  for (const auto other : {circuit_state::closed, circuit_state::half_open}) {
    auto mild = seen(other, 1);
    mild += seen(circuit_state::open, 2);
    EXPECT_EQ(mild.circuit, circuit_state::open);
    EXPECT_EQ(mild.circuit_since, 2);
    auto severe = seen(circuit_state::open, 2);
    severe += seen(other, 1);
    EXPECT_EQ(severe.circuit, circuit_state::open);
    EXPECT_EQ(severe.circuit_since, 2);
  }
}

TEST(participant_view, of_all_participants_begins_with_the_first_reactors) {
  participant_views all;
  all += {{seen(circuit_state::closed, 1), seen(circuit_state::closed, 1)}};
  all += {{seen(circuit_state::closed, 1), seen(circuit_state::open, 1)}};
  ASSERT_EQ(all.all.size(), 2U);
  EXPECT_EQ(all.all[0].in_flight, 4U);
  EXPECT_EQ(all.all[1].circuit, circuit_state::open);
}

TEST(latency, of_two_reactors_weighs_each_by_its_answers) {
  latency slow;
  slow.add(100);
  latency fast;
  for (int count = 0; count < 3; ++count) fast.add(1);
  const auto slow_mean = slow.recent_ms();
  const auto fast_mean = fast.recent_ms();
  slow += fast;
  EXPECT_EQ(slow.count(), 4U);
  EXPECT_EQ(slow.sum_ms(), 103U);
  EXPECT_EQ(slow.counts()[0], 3U) << "at most 1 ms";
  EXPECT_EQ(slow.counts()[6], 1U) << "at most 100 ms";
  EXPECT_DOUBLE_EQ(slow.recent_ms(), (slow_mean + 3 * fast_mean) / 4);
}

TEST(latency, of_reactors_without_answers_is_none) {
  latency none;
  none += latency();
  EXPECT_EQ(none.count(), 0U);
  EXPECT_EQ(none.recent_ms(), 0.0);
}

}  // namespace
}  // namespace sagad::dispatch
