#include "participants/sdk/scheduler.hpp"

#include <future>

namespace sagad::participants {
namespace {

constexpr std::chrono::seconds patience{30};

TEST(scheduler, runs_in_the_order_of_time_and_not_of_asking) {
  scheduler timers;
  std::mutex mutex;
  std::string order;
  std::promise<void> last;
  const auto note = [&](char what) {
    const std::lock_guard lock(mutex);
    order += what;
  };
  // Longer than it takes to ask for the other one.
  timers.after(std::chrono::milliseconds(500), [&] {
    note('b');
    last.set_value();
  });
  timers.after(std::chrono::milliseconds(1), [&] { note('a'); });
  ASSERT_EQ(last.get_future().wait_for(patience), std::future_status::ready);
  EXPECT_EQ(order, "ab");
}

TEST(scheduler, stopping_runs_what_is_left_at_once) {
  scheduler timers;
  int ran = 0;
  timers.after(std::chrono::hours(1), [&] { ++ran; });
  timers.at_stop([&] { ++ran; });
  timers.stop();
  EXPECT_EQ(ran, 2);
}

TEST(scheduler, what_comes_after_the_stop_runs_at_once) {
  scheduler timers;
  timers.stop();
  int ran = 0;
  timers.after(std::chrono::hours(1), [&] { ++ran; });
  timers.at_stop([&] { ++ran; });
  EXPECT_EQ(ran, 2);
}

}  // namespace
}  // namespace sagad::participants
