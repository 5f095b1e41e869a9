#include <random>

#include "log_lives.hpp"

namespace sagad::journal::tests {
namespace {

class log_crash : public log_lives {};

TEST_F(log_crash, nothing_that_was_told_is_lost_by_a_kill_at_any_moment) {
  std::mt19937_64 random(2024);
  for (int round = 0; round < 40; round += moments_apart) {
    kill_after_ = 1 + static_cast<long>(random() % 150);
    ASSERT_EQ(live_and_die(random(), 10'000, [] {}), 0);
    check();
    if (HasFatalFailure()) return;
  }
}

TEST_F(log_crash, nothing_that_was_told_is_lost_by_dying_in_any_write) {
  std::mt19937_64 random(4711);
  for (long write = 0; write < 120; write += moments_apart) {
    const std::size_t part = random() % 700;
    ASSERT_EQ(live_and_die(random(), 60, [&] { log.disk().exit_in_write(write, part); }), 0);
    check();
    if (HasFatalFailure()) return;
    if (write % 40 >= 40 - moments_apart) log.remove_index();
  }
}

/// Of lives that trim: a millisecond a round, so that much is past its retention soon.
class log_trim_crash : public log_lives {
 protected:
  void SetUp() override {
    log_lives::SetUp();
    log.settings().retention = {30, 90};
    trims_ = true;
  }
  std::uint64_t oldest() {
    EXPECT_EQ(log.open(), "");
    const auto found = store().oldest().at;
    log.close();
    return found;
  }
};

TEST_F(log_trim_crash, nothing_that_is_kept_is_lost_by_a_kill_at_any_moment_of_trimming) {
  std::mt19937_64 random(2025);
  for (int round = 0; round < 40; round += moments_apart) {
    kill_after_ = 100 + static_cast<long>(random() % 400);
    ASSERT_EQ(live_and_die(random(), 10'000, [] {}), 0);
    if (round / moments_apart % 4 == 3) log.remove_index();
    check();
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(oldest(), 0U);
}

TEST_F(log_trim_crash, nothing_that_is_kept_is_lost_by_dying_in_any_write_of_trimming) {
  std::mt19937_64 random(4712);
  for (int life = 0; life < 4; ++life) ASSERT_EQ(live_and_die(random(), 60, [] {}), 0);
  for (long write = 0; write < 160; write += moments_apart) {
    const std::size_t part = random() % 700;
    ASSERT_EQ(live_and_die(random(), 100, [&] { log.disk().exit_in_write(write, part); }), 0);
    check();
    if (HasFatalFailure()) return;
    if (write % 40 >= 40 - moments_apart) log.remove_index();
  }
  EXPECT_GT(oldest(), 0U);
}

}  // namespace
}  // namespace sagad::journal::tests
