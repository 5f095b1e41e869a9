#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "journal/journal.hpp"

namespace sagad::journal {

/// One appender's settled end, shared by its owner and whoever commits for it. Thread-safe. What is settled only grows;
/// exceptions are told once, in the order of their tickets.
class settlement {
 public:
  explicit settlement(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// Everything up to `upto` is settled; `told` are those of it that did not become durable. Takes `told` over.
  void move_to(ticket upto, std::vector<exception>& told) {
    const std::lock_guard lock(mutex_);
    upto_ = upto;
    exceptions_.insert(exceptions_.end(), told.begin(), told.end());
    told.clear();
  }

  /// What `appender::settled` answers.
  ticket take(std::vector<exception>& out) {
    const std::lock_guard lock(mutex_);
    out.insert(out.end(), exceptions_.begin(), exceptions_.end());
    exceptions_.clear();
    return upto_;
  }

  /// Tells the owner, on the calling thread. The caller holds no lock that appending needs.
  void wake() {
    const std::lock_guard lock(wake_mutex_);
    if (wake_) wake_();
  }

  /// After this has returned the owner is not woken any more. It may be called from within a wake.
  void close() {
    const std::lock_guard lock(wake_mutex_);
    wake_ = nullptr;
  }

 private:
  std::mutex mutex_;
  ticket upto_ = 0;
  std::vector<exception> exceptions_;
  // Recursive: a wake may append and commit on its own thread, which wakes again.
  std::recursive_mutex wake_mutex_;
  std::function<void()> wake_;
};

}  // namespace sagad::journal
