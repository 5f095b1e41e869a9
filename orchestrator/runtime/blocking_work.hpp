#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>

#include "base/unique_function.hpp"

namespace sagad::runtime {

/// One thread for what is rare and may wait for a disk, so that no reactor does: one thing after the other.
/// Thread-safe.
class blocking_work {
 public:
  explicit blocking_work(std::size_t waiting_max);
  ~blocking_work();
  blocking_work(const blocking_work&) = delete;
  blocking_work& operator=(const blocking_work&) = delete;

  /// Does it later, on the thread; it may not throw. False, and nothing is done: so much waits already.
  [[nodiscard]] bool begin(unique_function<void()> work);

  /// Ends the thread after what it is doing; what waits is dropped, and nothing more is taken.
  void stop();
  bool stopped() const;

 private:
  void run();

  const std::size_t waiting_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<unique_function<void()>> waiting_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace sagad::runtime
