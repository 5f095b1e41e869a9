#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "journal/journal.hpp"
#include "runtime/clock.hpp"
#include "runtime/pace.hpp"

namespace sagad::runtime {

/// A thread of low priority that frees what the journal keeps no longer, a piece at a time, and looks again after a
/// while. What fails is told once, and tried again.
///
/// What is freed is gone, so a clock that is wrong must not decide alone. Nothing is freed that is young by the wall
/// clock or by the journal's time. Where the clock has come far ahead of the journal's newest record while no process
/// was there, that is told, and nothing is freed for a while: the clock can still be set.
class trim_job {
 public:
  static constexpr millis ahead_max = 24 * 3'600'000;
  static constexpr millis doubted_for = 3'600'000;

  trim_job(journal::store& store, const clock& time, std::chrono::milliseconds every);
  ~trim_job();
  trim_job(const trim_job&) = delete;
  trim_job& operator=(const trim_job&) = delete;

  void begin();
  /// Waits for the piece under way.
  void stop();

 private:
  void run();
  void doubt_clock();
  bool trim_a_piece();
  std::chrono::nanoseconds rest_after(std::chrono::nanoseconds worked);
  void tell(const std::string& failure);

  journal::store& store_;
  const clock& time_;
  std::chrono::milliseconds every_;
  millis begin_at_ = 0;  ///< journal time: nothing is freed before
  std::string told_;     ///< the thread's: of what fails now
  pace pace_;            ///< the thread's
  std::uint64_t segments_freed_ = 0;
  std::uint64_t freeing_ns_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace sagad::runtime
