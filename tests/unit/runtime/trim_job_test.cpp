#include "runtime/trim_job.hpp"

#include <gmock/gmock.h>

#include <atomic>

#include "journal/memory/store.hpp"

namespace sagad::runtime {
namespace {

class standing_clock final : public clock {
 public:
  millis now() const override { return now_; }
  void set(millis now) { now_ = now; }

 private:
  std::atomic<millis> now_ = 0;
};

TEST(trim_job, frees_what_is_past_its_retention_while_it_runs) {
  journal::retention kept;
  kept.history = 1'000;
  journal::memory::store store(kept);
  const auto appender = store.make_appender([] {});
  journal::entry only;
  only.saga = saga_id::make(5'000, 0, 1);
  only.position = 1;
  only.epoch = store.opened().epoch;
  only.seq = 1;
  only.bytes = "bytes";
  only.time = 5'000;
  only.final = true;
  appender->append(only);
  appender->submit(true);
  standing_clock time;
  time.set(5'999);
  trim_job job(store, time, std::chrono::milliseconds(1));
  job.begin();
  EXPECT_TRUE(store.has(only.saga));
  time.set(6'000);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (store.has(only.saga) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_FALSE(store.has(only.saga));
}

TEST(trim_job, stops_though_it_waits_for_long) {
  journal::memory::store store;
  const standing_clock time;
  trim_job job(store, time, std::chrono::hours(24));
  job.begin();
  job.stop();
}

}  // namespace
}  // namespace sagad::runtime
