#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace sagad::participants {

/// Runs functions later, on a thread of its own; they must not block.
class scheduler {
 public:
  scheduler();
  scheduler(const scheduler&) = delete;
  scheduler& operator=(const scheduler&) = delete;
  ~scheduler();

  void after(std::chrono::milliseconds delay, std::function<void()> what);
  /// Kept until stop().
  void at_stop(std::function<void()> what);
  /// Runs all that is left at once, then ends. What comes afterwards runs at once on the caller's thread.
  void stop();

 private:
  using instant = std::chrono::steady_clock::time_point;

  void put(instant due, std::function<void()> what);
  void serve();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<instant, std::function<void()>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sagad::participants
