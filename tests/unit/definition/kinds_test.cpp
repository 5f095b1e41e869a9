#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "support.hpp"

namespace sagad::definition {
namespace {

constexpr std::size_t steps = 6;

struct random_saga {
  std::vector<int> kinds;                       // 0 compensatable, 1 pivot, 2 retriable
  std::vector<std::vector<std::size_t>> after;  // of earlier steps only
};

random_saga draw(std::mt19937& random) {
  random_saga saga;
  for (std::size_t at = 0; at < steps; ++at) {
    const auto die = random() % 10;
    saga.kinds.push_back(die < 5 ? 0 : die < 6 ? 1 : 2);
    auto& after = saga.after.emplace_back();
    for (std::size_t before = 0; before < at; ++before) {
      if (random() % 2 == 0) after.push_back(before);
    }
  }
  return saga;
}

std::string text_of(const random_saga& saga) {
  std::string text = "saga: drawn\nsteps:\n";
  for (std::size_t at = 0; at < steps; ++at) {
    text += "  - step: s" + std::to_string(at) + "\n    participant: rate\n    action: {post: /a}\n    after: [";
    for (const auto before : saga.after[at]) text += "s" + std::to_string(before) + ",";
    text += "]\n";
    text += saga.kinds[at] == 0   ? "    compensation: none\n"
            : saga.kinds[at] == 1 ? "    kind: pivot\n"
                                  : "    kind: retriable\n";
  }
  return text;
}

bool runs_before(const random_saga& saga, std::size_t first, std::size_t second) {
  for (const auto before : saga.after[second]) {
    if (before == first || runs_before(saga, first, before)) return true;
  }
  return false;
}

// Whether there is an order of events that leaves the saga unable to finish and to be undone: a step that cannot be
// undone was called (the pivot succeeded, or a retriable step began) while one that may still be rejected, or has to be
// undone, does not lie before it.
bool can_get_caught(const random_saga& saga) {
  std::size_t pivots = 0;
  for (const int kind : saga.kinds) pivots += kind == 1 ? 1U : 0U;
  if (pivots > 1) return true;
  for (std::size_t fixed = 0; fixed < steps; ++fixed) {
    if (saga.kinds[fixed] == 0) continue;
    for (std::size_t other = 0; other < steps; ++other) {
      const bool may_fail = saga.kinds[other] == 0 || (saga.kinds[other] == 1 && saga.kinds[fixed] == 2);
      if (may_fail && other != fixed && !runs_before(saga, other, fixed)) return true;
    }
  }
  return false;
}

TEST(kinds, are_refused_exactly_where_a_saga_could_neither_finish_nor_be_undone) {
  std::mt19937 random(20'24);
  int refused = 0;
  int accepted = 0;
  for (int round = 0; round < 1500; ++round) {
    const auto saga = draw(random);
    const auto told = test::mistakes_of(text_of(saga));
    ASSERT_EQ(told != "nothing", can_get_caught(saga)) << text_of(saga) << told;
    ++(told == "nothing" ? accepted : refused);
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(accepted, 20);
}

TEST(order, follows_every_path_and_no_other) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    auto saga = draw(random);
    for (int& kind : saga.kinds) kind = 0;
    const auto loaded = test::loaded_or_throw(text_of(saga));
    for (std::size_t first = 0; first < steps; ++first) {
      for (std::size_t second = 0; second < steps; ++second) {
        const bool before = runs_before(saga, first, second);
        ASSERT_EQ(loaded->steps[second].ancestors.test(static_cast<step_no>(first)), before);
        ASSERT_EQ(loaded->steps[first].descendants.test(static_cast<step_no>(second)), before);
      }
    }
  }
}

}  // namespace
}  // namespace sagad::definition
