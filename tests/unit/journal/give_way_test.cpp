#include "journal/give_way.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace sagad::journal::tests {
namespace {

constexpr int lowest = 19;

int priority_of(pid_t thread) {
  return ::getpriority(PRIO_PROCESS, static_cast<id_t>(thread));
}

TEST(give_way, a_thread_stands_below_the_process_whatever_that_runs_at) {
  const int before = priority_of(::getpid());
  // Nobody may raise it again, who is no root: what other tests of this process run at is a little lower.
  ASSERT_EQ(::setpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()), std::min(before + 2, lowest)), 0);
  const int usual = priority_of(::getpid());
  std::thread([usual] {
    give_way(3);
    EXPECT_EQ(priority_of(::gettid()), std::min(usual + 3, lowest));
    EXPECT_EQ(::sched_getscheduler(0), SCHED_BATCH);
    std::thread([usual] {
      give_way(3);
      EXPECT_EQ(priority_of(::gettid()), std::min(usual + 3, lowest)) << "also one that such a thread begins";
    }).join();
  }).join();
  EXPECT_EQ(priority_of(::getpid()), usual);
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()), before));
}

}  // namespace
}  // namespace sagad::journal::tests
