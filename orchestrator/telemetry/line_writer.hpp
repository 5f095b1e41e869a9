#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace sagad::log {

/// Lines on their way to a descriptor, written by a thread of its own: whoever has something to say waits for nobody
/// who reads it, and a reader that goes away ends nothing. Past the limit the oldest lines are dropped, counted, and
/// the count is told in a line of its own. Thread-safe.
class line_writer {
 public:
  /// Does not own the descriptor. SIGPIPE is to be ignored where it may be a pipe.
  line_writer(int descriptor, std::size_t bytes_max);
  /// Writes what waits for `last_words` at most.
  ~line_writer();
  line_writer(const line_writer&) = delete;
  line_writer& operator=(const line_writer&) = delete;

  /// `line` ends in its line end.
  void add(std::string line);

  /// Writes what waits, on the calling thread; false: not all of it was taken within `bound`. Also for a process whose
  /// other threads are gone.
  bool flush(std::chrono::milliseconds bound = last_words) noexcept;

  /// Lines that nobody will read.
  std::uint64_t dropped() const noexcept { return dropped_; }

  static constexpr std::chrono::milliseconds last_words{1000};

 private:
  using time_point = std::chrono::steady_clock::time_point;

  void run();
  bool next();
  bool write_until(time_point end);
  bool write_unlocked(std::unique_lock<std::mutex>& lock, time_point end);

  const int descriptor_;
  const std::size_t bytes_max_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t untold_ = 0;  ///< dropped since the reader was told how many
  bool stop_ = false;

  bool writing_ = false;   ///< somebody writes: whoever set it, who also owns `current_`
  bool flushing_ = false;  ///< somebody who will not wait long wants to
  std::condition_variable written_;
  std::string current_;
  std::atomic<std::uint64_t> dropped_ = 0;
  std::thread thread_;
};

}  // namespace sagad::log
