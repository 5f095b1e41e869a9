#include "runtime/trim_job.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <memory>

#include "journal/memory/store.hpp"
#include "tests/support/eventually.hpp"

namespace sagad::runtime {
namespace {

using sagad::tests::eventually;

class standing_clock final : public clock {
 public:
  millis now() const override {
    ++looks_;
    return now_;
  }
  millis wall() const override { return now_ + wall_ahead_; }
  void set(millis now) { now_ = now; }
  void set_wall_ahead(millis ahead) { wall_ahead_ = ahead; }
  std::uint64_t looks() const { return looks_; }

 private:
  std::atomic<millis> now_ = 0;
  std::atomic<millis> wall_ahead_ = 0;
  mutable std::atomic<std::uint64_t> looks_ = 0;
};

/// A journal with one saga that ended at 5000, and whose history is kept a second.
class trim_job_test : public testing::Test {
 protected:
  trim_job_test() {
    const auto appender = store->make_appender([] {});
    only.saga = saga_id::make(5'000, 0, 1);
    only.position = 1;
    only.epoch = store->opened().epoch;
    only.seq = 1;
    only.bytes = "bytes";
    only.time = 5'000;
    only.final = true;
    appender->append(only);
    appender->submit(true);
  }
  bool is_there() { return store->has(only.saga); }
  /// It has looked what time it is, and done what it had to, since this was called.
  bool looked_again() {
    const auto before = time.looks();
    return eventually([&] { return time.looks() >= before + 3; });
  }
  bool goes() {
    return eventually([&] { return !is_there(); });
  }

  std::unique_ptr<journal::memory::store> store =
      std::make_unique<journal::memory::store>(journal::retention{.history = 1'000});
  journal::entry only;
  standing_clock time;
};

TEST_F(trim_job_test, frees_what_is_past_its_retention_while_it_runs) {
  time.set(5'999);
  trim_job job(*store, time, std::chrono::milliseconds(1));
  job.begin();
  EXPECT_TRUE(looked_again());
  EXPECT_TRUE(is_there());
  time.set(6'000);
  EXPECT_TRUE(goes());
}

TEST_F(trim_job_test, frees_nothing_that_is_young_by_the_wall_clock) {
  time.set(6'000);
  time.set_wall_ahead(-1);
  trim_job job(*store, time, std::chrono::milliseconds(1));
  job.begin();
  EXPECT_TRUE(looked_again());
  EXPECT_TRUE(is_there());
  time.set_wall_ahead(0);
  EXPECT_TRUE(goes());
}

TEST_F(trim_job_test, frees_nothing_for_a_while_by_a_clock_that_came_far_ahead_of_the_journal) {
  store = store->crash();
  const auto opened_at = 5'000 + trim_job::ahead_max + 1;
  time.set(opened_at);
  trim_job job(*store, time, std::chrono::milliseconds(1));
  job.begin();
  time.set(opened_at + trim_job::doubted_for - 1);
  EXPECT_TRUE(looked_again());
  EXPECT_TRUE(is_there());
  time.set(opened_at + trim_job::doubted_for);
  EXPECT_TRUE(goes());
}

TEST_F(trim_job_test, frees_at_once_by_a_clock_that_is_not_far_ahead) {
  store = store->crash();
  time.set(5'000 + trim_job::ahead_max);
  trim_job job(*store, time, std::chrono::milliseconds(1));
  job.begin();
  EXPECT_TRUE(goes());
}

TEST_F(trim_job_test, stops_though_it_waits_for_long) {
  trim_job job(*store, time, std::chrono::hours(24));
  job.begin();
  job.stop();
}

}  // namespace
}  // namespace sagad::runtime
