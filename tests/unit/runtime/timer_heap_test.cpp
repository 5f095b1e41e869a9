#include "runtime/timer_heap.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

namespace sagad::runtime {
namespace {

struct item : timed {
  int number = 0;
};

TEST(timer_heap, an_empty_heap_never_wakes) {
  timer_heap<item> heap;
  EXPECT_TRUE(heap.empty());
  EXPECT_EQ(heap.next(), never);
  EXPECT_EQ(heap.pop_due(never - 1), nullptr);
}

TEST(timer_heap, setting_to_never_takes_the_timer_out) {
  timer_heap<item> heap;
  item one;
  heap.set(one, 5);
  heap.set(one, never);
  EXPECT_EQ(one.slot, 0U);
  EXPECT_TRUE(heap.empty());
  heap.set(one, never);
  EXPECT_TRUE(heap.empty());
}

TEST(timer_heap, a_timer_is_due_at_its_time_and_not_before) {
  timer_heap<item> heap;
  item one;
  heap.set(one, 5);
  EXPECT_EQ(heap.pop_due(4), nullptr);
  EXPECT_EQ(heap.pop_due(5), &one);
  EXPECT_EQ(one.wakes_at, never);
}

// The model: a map from the item to its time.
TEST(timer_heap, behaves_as_a_sorted_map_under_random_use) {
  std::mt19937_64 random(20260504);
  const auto below = [&random](std::uint64_t limit) { return random() % limit; };
  for (int run = 0; run < 50; ++run) {
    timer_heap<item> heap;
    std::deque<item> items(200);
    std::map<item*, millis> model;
    for (int step = 0; step < 2000; ++step) {
      auto& one = items[below(items.size())];
      switch (below(5)) {
        case 0:
        case 1:
        case 2: {
          const auto at = static_cast<millis>(below(1000));
          heap.set(one, at);
          model[&one] = at;
          break;
        }
        case 3:
          heap.remove(one);
          model.erase(&one);
          break;
        default: {
          const auto now = static_cast<millis>(below(1000));
          const auto* due = heap.pop_due(now);
          millis least = never;
          for (const auto& [item, at] : model) least = std::min(least, at);
          if (due == nullptr) {
            ASSERT_GT(least, now);
          } else {
            ASSERT_EQ(model.at(const_cast<item*>(due)), least);
            model.erase(const_cast<item*>(due));
          }
        }
      }
      ASSERT_EQ(heap.size(), model.size());
      millis least = never;
      for (const auto& [item, at] : model) {
        ASSERT_EQ(item->wakes_at, at);
        ASSERT_NE(item->slot, 0U);
        least = std::min(least, at);
      }
      ASSERT_EQ(heap.next(), least);
    }
  }
}

}  // namespace
}  // namespace sagad::runtime
