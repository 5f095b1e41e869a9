#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "lifecycle/lifecycle.hpp"

namespace {

using sagad::lifecycle::phase;
using sagad::lifecycle::step;
using sagad::lifecycle::trigger;

// Machines share nothing: under the thread sanitizer this finds state that instances of a machine have in common.
TEST(lifecycle_threads, machines_of_several_threads_do_not_disturb_each_other) {
  std::atomic<int> wrong = 0;
  std::atomic<bool> go = false;
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&] {
      go.wait(false);
      for (int turn = 0; turn < 2'000; ++turn) {
        phase now = step(phase::forward, trigger::pause).next;
        now = step(now, trigger::turn_back).next;
        now = step(now, trigger::resume).next;
        now = step(now, trigger::all_undone).next;
        if (now != phase::compensated || step(now, trigger::resolve).legal) ++wrong;
      }
    });
  }
  go = true;
  go.notify_all();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
