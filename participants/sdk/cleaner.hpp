#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

#include "compensations/barrier/guard.hpp"
#include "compensations/barrier/retention.hpp"
#include "participants/sdk/database_thread.hpp"

namespace sagad::participants {

/// Forgets what the barrier need not remember any more, a piece at a time, for as long as the participant runs:
/// whatever comes of one piece, the next is planned. Outlives the writer's tasks and the timer's functions.
class cleaner {
 public:
  struct limits {
    std::chrono::milliseconds keep = barrier::retention::barrier_retention_default;
    std::chrono::milliseconds interval = std::chrono::minutes(10);
    std::chrono::milliseconds retry_delay{1000};  ///< when the writer had no room
    std::int64_t rows_max = 1000;                 ///< of one piece
  };
  /// Runs a function later.
  using timer = std::function<void(std::chrono::milliseconds, std::function<void()>)>;

  cleaner(database_thread& database, timer later, barrier::guard::clock now_ms, limits bounds,
          database_thread::complaint complain);
  cleaner(const cleaner&) = delete;
  cleaner& operator=(const cleaner&) = delete;

  /// One piece of the oldest rows now, the others by themselves.
  void clean();
  /// Plans nothing more.
  void stop() noexcept { stopped_ = true; }

 private:
  /// In the writer's transaction; how many rows went.
  std::int64_t clean_piece(barrier::connection& db);
  void plan(database_thread::verdict end, std::int64_t gone);

  database_thread& writer_;
  timer later_;
  barrier::guard::clock now_ms_;
  limits bounds_;
  database_thread::complaint complain_;
  std::atomic<bool> stopped_ = false;
  bool clock_doubted_ = false;  ///< of the writer's thread
};

}  // namespace sagad::participants
