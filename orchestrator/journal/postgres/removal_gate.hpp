#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace sagad::journal::postgres {

/// Held by the writer while something of a saga that is over is written, and by whoever removes such sagas: one of the
/// two at a time. The writer holds it for as long as a database takes nothing, so who removes waits so long and no
/// longer. A lock as the standard's are (`lock`, `unlock`); thread-safe.
class removal_gate {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    freed_.wait(guard, [this] { return !held_; });
    held_ = true;
  }
  /// Whether it is held now.
  bool try_lock_for(std::chrono::milliseconds at_most) {
    std::unique_lock guard(mutex_);
    if (!freed_.wait_for(guard, at_most, [this] { return !held_; })) return false;
    return held_ = true;
  }
  void unlock() {
    {
      const std::lock_guard guard(mutex_);
      held_ = false;
    }
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  bool held_ = false;
};

}  // namespace sagad::journal::postgres
