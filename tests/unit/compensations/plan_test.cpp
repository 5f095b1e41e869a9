#include "compensations/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

namespace {

using sagad::step_no;
using sagad::step_set;
using sagad::compensations::all_undone;
using sagad::compensations::backward_progress;
using sagad::compensations::ready_to_undo;

step_set set_of(std::initializer_list<step_no> steps) {
  step_set result;
  for (const step_no step : steps) result.set(step);
  return result;
}

// Direct successors of each step, and what the plan is given of them.
struct graph {
  std::vector<std::vector<step_no>> next;

  explicit graph(std::size_t steps) : next(steps) {}

  bool runs_before(step_no first, step_no second) const {
    return std::any_of(next[first].begin(), next[first].end(),
                       [&](step_no child) { return child == second || runs_before(child, second); });
  }
  std::vector<step_set> descendants() const {
    std::vector<step_set> result(next.size());
    for (std::size_t first = 0; first < next.size(); ++first) {
      std::vector<step_no> open = next[first];
      while (!open.empty()) {
        const step_no step = open.back();
        open.pop_back();
        if (result[first].test(step)) continue;
        result[first].set(step);
        open.insert(open.end(), next[step].begin(), next[step].end());
      }
    }
    return result;
  }
};

step_set ready(const std::vector<step_set>& descendants, const backward_progress& now) {
  return ready_to_undo([&](step_no step) -> const step_set& { return descendants[step]; }, now);
}

graph chain(std::size_t steps) {
  graph result(steps);
  for (std::size_t step = 0; step + 1 < steps; ++step) result.next[step] = {static_cast<step_no>(step + 1)};
  return result;
}

TEST(undo_plan, a_chain_is_undone_from_its_end) {
  const auto descendants = chain(3).descendants();
  backward_progress now{.touched = set_of({0, 1, 2}), .undone = {}, .in_flight = {}};
  EXPECT_EQ(ready(descendants, now), set_of({2}));
  now.undone.set(2);
  EXPECT_EQ(ready(descendants, now), set_of({1}));
  now.undone.set(1);
  EXPECT_EQ(ready(descendants, now), set_of({0}));
  EXPECT_FALSE(all_undone(now));
  now.undone.set(0);
  EXPECT_TRUE(ready(descendants, now).none());
  EXPECT_TRUE(all_undone(now));
}

TEST(undo_plan, independent_branches_are_undone_at_the_same_time) {
  graph diamond(4);
  diamond.next[0] = {1, 2};
  diamond.next[1] = {3};
  diamond.next[2] = {3};
  const auto descendants = diamond.descendants();
  backward_progress now{.touched = set_of({0, 1, 2}), .undone = {}, .in_flight = {}};
  EXPECT_EQ(ready(descendants, now), set_of({1, 2}));
  now.undone.set(1);
  EXPECT_EQ(ready(descendants, now), set_of({2})) << "the first step waits for both branches";
}

TEST(undo_plan, a_step_without_anything_to_undo_still_orders_its_neighbours) {
  const auto descendants = chain(3).descendants();
  backward_progress now{.touched = set_of({0, 2}), .undone = {}, .in_flight = {}};
  EXPECT_EQ(ready(descendants, now), set_of({2}));
  now.undone.set(2);
  EXPECT_EQ(ready(descendants, now), set_of({0}));
}

TEST(undo_plan, nothing_is_undone_while_its_own_action_is_called) {
  const auto descendants = chain(2).descendants();
  const backward_progress now{.touched = set_of({0, 1}), .undone = {}, .in_flight = set_of({1})};
  EXPECT_TRUE(ready(descendants, now).none());
}

TEST(undo_plan, an_open_call_of_a_later_step_holds_back_though_it_has_nothing_to_undo_yet) {
  const auto descendants = chain(3).descendants();
  backward_progress now{.touched = set_of({0}), .undone = {}, .in_flight = set_of({2})};
  EXPECT_TRUE(ready(descendants, now).none());
  EXPECT_FALSE(all_undone(now));
  now.in_flight.clear(2);
  EXPECT_EQ(ready(descendants, now), set_of({0}));
}

TEST(undo_plan, an_open_call_of_an_independent_branch_holds_nothing_back) {
  graph fork(3);
  fork.next[0] = {1, 2};
  const backward_progress now{.touched = set_of({0, 1}), .undone = {}, .in_flight = set_of({2})};
  EXPECT_EQ(ready(fork.descendants(), now), set_of({1}));
}

TEST(undo_plan, is_not_at_its_end_while_an_answer_is_open) {
  EXPECT_FALSE(all_undone({.touched = set_of({0}), .undone = set_of({0}), .in_flight = set_of({1})}));
  EXPECT_FALSE(all_undone({.touched = {}, .undone = {}, .in_flight = set_of({1})}));
  EXPECT_TRUE(all_undone({.touched = {}, .undone = {}, .in_flight = {}}));
}

TEST(undo_plan, takes_all_256_steps) {
  const auto descendants = chain(256).descendants();
  backward_progress now;
  for (unsigned step = 0; step < 256; ++step) now.touched.set(static_cast<step_no>(step));
  for (unsigned left = 256; left > 0; --left) {
    const auto last = static_cast<step_no>(left - 1);
    ASSERT_EQ(ready(descendants, now), set_of({last}));
    now.undone.set(last);
  }
  EXPECT_TRUE(all_undone(now));
}

// Steps are numbered in any order, not in that of the arrows: the plan must not lean on the numbers.
graph random_graph(std::mt19937_64& random) {
  const std::size_t steps = 1 + random() % 24;
  const std::uint64_t density_percent = random() % 60;
  std::vector<step_no> order(steps);
  std::iota(order.begin(), order.end(), step_no{0});
  std::shuffle(order.begin(), order.end(), random);
  graph result(steps);
  for (std::size_t first = 0; first < steps; ++first) {
    for (std::size_t second = first + 1; second < steps; ++second) {
      if (random() % 100 < density_percent) result.next[order[first]].push_back(order[second]);
    }
  }
  return result;
}

// A saga that ran forward for a while: whoever ran had all before it done; of those at the front some are being called.
backward_progress random_turning_point(const std::vector<step_set>& descendants, std::mt19937_64& random) {
  step_set started;
  for (std::size_t step = 0; step < descendants.size(); ++step) {
    if (random() % 3 != 0) started.set(static_cast<step_no>(step));
  }
  for (std::size_t step = 0; step < descendants.size(); ++step) {
    if (!started.test(static_cast<step_no>(step))) started = started.and_not(descendants[step]);
  }
  backward_progress now;
  started.for_each([&](step_no step) {
    const bool called = (descendants[step] & started).none() && random() % 2 == 0;
    if (called) now.in_flight.set(step);
    // One that is being called may be in doubt already, by an earlier attempt.
    if (random() % 5 < (called ? 2U : 4U)) now.touched.set(step);
  });
  return now;
}

step_no any_of(const step_set& steps, std::mt19937_64& random) {
  std::uint64_t skip = random() % steps.count();
  step_no chosen = 0;
  steps.for_each([&](step_no step) {
    if (skip-- == 0) chosen = step;
  });
  return chosen;
}

// What the plan promises, said by walking the arrows.
void expect_allowed(const graph& arrows, const backward_progress& now, step_no step) {
  EXPECT_TRUE(now.touched.test(step));
  EXPECT_FALSE(now.undone.test(step));
  EXPECT_FALSE(now.in_flight.test(step));
  for (std::size_t other = 0; other < arrows.next.size(); ++other) {
    const auto later = static_cast<step_no>(other);
    if (!arrows.runs_before(step, later)) continue;
    EXPECT_FALSE(now.in_flight.test(later)) << +later << " ran after " << +step << " and is being called";
    EXPECT_TRUE(!now.touched.test(later) || now.undone.test(later)) << +later << " ran after " << +step;
  }
}

TEST(undo_plan_property, any_saga_is_undone_to_the_end_in_reverse_order_whatever_answers_first) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const graph arrows = random_graph(random);
    const auto descendants = arrows.descendants();
    backward_progress now = random_turning_point(descendants, random);
    // Each turn closes an exchange or undoes a step: no more turns than steps twice.
    for (std::size_t turns = 0; !all_undone(now); ++turns) {
      ASSERT_LE(turns, 2 * arrows.next.size());
      const step_set may = ready(descendants, now);
      may.for_each([&](step_no step) { expect_allowed(arrows, now, step); });
      if (now.in_flight.any() && (may.none() || random() % 2 == 0)) {
        const step_no answered = any_of(now.in_flight, random);
        now.in_flight.clear(answered);
        if (random() % 2 == 0) now.touched.set(answered);
      } else {
        ASSERT_TRUE(may.any()) << "nothing is open and nothing may be undone: stuck for ever";
        now.undone.set(any_of(may, random));
      }
      if (HasFailure()) return;
    }
    EXPECT_EQ(now.undone, now.touched);
  }
}

TEST(undo_plan_property, holds_nothing_back_without_a_reason) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const graph arrows = random_graph(random);
    const auto descendants = arrows.descendants();
    const backward_progress now = random_turning_point(descendants, random);
    const step_set may = ready(descendants, now);
    now.touched.and_not(may).for_each([&](step_no step) {
      bool reason = now.in_flight.test(step);
      for (std::size_t other = 0; other < arrows.next.size(); ++other) {
        const auto later = static_cast<step_no>(other);
        const bool waits = now.touched.test(later) || now.in_flight.test(later);
        reason = reason || (waits && arrows.runs_before(step, later));
      }
      EXPECT_TRUE(reason) << "step " << +step << " may be undone and is not";
    });
    if (HasFailure()) return;
  }
}

}  // namespace
