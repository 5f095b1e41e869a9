#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

namespace sagad::journal::log {

/// What a thread waits at; as std::condition_variable.
class condition {
 public:
  virtual ~condition() = default;

  virtual void notify_one() noexcept = 0;
  virtual void notify_all() noexcept = 0;
  /// May return for no reason, as `wait_until`.
  virtual void wait(std::unique_lock<std::mutex>& lock) = 0;
  /// False: the time has come.
  virtual bool wait_until(std::unique_lock<std::mutex>& lock, std::chrono::steady_clock::time_point time) = 0;
  virtual std::chrono::steady_clock::time_point now() const = 0;

  template <typename Done>
  void wait(std::unique_lock<std::mutex>& lock, Done&& done) {
    while (!done()) wait(lock);
  }
  /// What `done` says at the end.
  template <typename Done>
  bool wait_for(std::unique_lock<std::mutex>& lock, std::chrono::nanoseconds how_long, Done&& done) {
    for (const auto until = now() + how_long; !done();) {
      if (!wait_until(lock, until)) return done();
    }
    return true;
  }
};

/// A thread that was started. It must have been joined before it is destroyed.
class thread {
 public:
  virtual ~thread() = default;
  virtual void join() = 0;
};

/// The log's own threads and what they wait at: the seam behind which a simulation runs them all on one thread, in an
/// order of its own. Thread-safe.
class threads {
 public:
  enum class priority { usual, low };

  virtual ~threads() = default;

  virtual std::unique_ptr<condition> make_condition() = 0;
  virtual std::unique_ptr<thread> start(priority wanted, std::function<void()> run) = 0;
};

/// The operating system's own.
std::shared_ptr<threads> real_threads();

}  // namespace sagad::journal::log
