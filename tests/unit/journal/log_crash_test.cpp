#include <random>

#include "log_lives.hpp"

namespace sagad::journal::tests {
namespace {

class log_crash : public log_lives {};

TEST_F(log_crash, nothing_that_was_told_is_lost_by_a_kill_at_any_moment) {
  std::mt19937_64 random(2024);
  for (int round = 0; round < 40; ++round) {
    kill_after_ = 1 + static_cast<long>(random() % 150);
    ASSERT_EQ(live_and_die(random(), 10'000, [] {}), 0);
    check();
    if (HasFatalFailure()) return;
  }
}

TEST_F(log_crash, nothing_that_was_told_is_lost_by_dying_in_any_write) {
  std::mt19937_64 random(4711);
  for (long write = 0; write < 120; ++write) {
    const std::size_t part = random() % 700;
    ASSERT_EQ(live_and_die(random(), 60, [&] { log.disk().exit_in_write(write, part); }), 0);
    check();
    if (HasFatalFailure()) return;
    if (write % 40 == 39) log.remove_index();
  }
}

}  // namespace
}  // namespace sagad::journal::tests
