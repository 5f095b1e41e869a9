#include "participants/sdk/scheduler.hpp"

#include <utility>

namespace sagad::participants {

scheduler::scheduler() : thread_([this] { serve(); }) {}

scheduler::~scheduler() {
  stop();
}

void scheduler::after(std::chrono::milliseconds delay, std::function<void()> what) {
  put(std::chrono::steady_clock::now() + delay, std::move(what));
}

void scheduler::at_stop(std::function<void()> what) {
  put(instant::max(), std::move(what));
}

void scheduler::put(instant due, std::function<void()> what) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      waiting_.emplace(due, std::move(what));
      what = nullptr;
    }
  }
  if (what) {
    what();
  } else {
    wake_.notify_one();
  }
}

void scheduler::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void scheduler::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (waiting_.empty()) {
      if (stopping_) return;
      wake_.wait(lock);
      continue;
    }
    const instant due = waiting_.begin()->first;
    if (!stopping_ && std::chrono::steady_clock::now() < due) {
      // Some platforms overflow on wait_until(max).
      due == instant::max() ? wake_.wait(lock) : static_cast<void>(wake_.wait_until(lock, due));
      continue;
    }
    auto what = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    lock.unlock();
    what();
    lock.lock();
  }
}

}  // namespace sagad::participants
