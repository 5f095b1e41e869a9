#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "journal/journal.hpp"
#include "runtime/clock.hpp"

namespace sagad::runtime {

/// A thread of low priority that frees what the journal keeps no longer, a piece at a time, and looks again after a
/// while. What fails is told once, and tried again.
class trim_job {
 public:
  trim_job(journal::store& store, const clock& time, std::chrono::milliseconds every);
  ~trim_job();
  trim_job(const trim_job&) = delete;
  trim_job& operator=(const trim_job&) = delete;

  void begin();
  /// Waits for the piece under way.
  void stop();

 private:
  void run();
  bool trim_a_piece();
  void tell(const std::string& failure);

  journal::store& store_;
  const clock& time_;
  std::chrono::milliseconds every_;
  std::string told_;  ///< the thread's: of what fails now
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace sagad::runtime
