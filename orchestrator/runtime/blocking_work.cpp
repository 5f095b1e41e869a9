#include "runtime/blocking_work.hpp"

#include <utility>

namespace sagad::runtime {

blocking_work::blocking_work(std::size_t waiting_max) : waiting_max_(waiting_max), thread_([this] { run(); }) {}

blocking_work::~blocking_work() {
  stop();
}

bool blocking_work::begin(unique_function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stop_ || waiting_.size() >= waiting_max_) return false;
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

bool blocking_work::stopped() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void blocking_work::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  waiting_.clear();
}

void blocking_work::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = {};
    lock.lock();
  }
}

}  // namespace sagad::runtime
