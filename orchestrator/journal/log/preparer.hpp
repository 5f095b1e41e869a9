#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "journal/log/options.hpp"

namespace sagad::journal::log {

/// A segment that nothing was written to yet.
struct prepared_segment {
  std::uint64_t sequence = 0;
  std::unique_ptr<log::file> file;
  std::uint64_t bytes = 0;
};

/// What was submitted last and not settled is not written: the log closes on a full disk.
struct no_room_at_close {};

/// Takes room from the file system before it is needed, on a thread of its own: segments are allocated as soon as the
/// reserve asks for them, and the next one to be used is filled with zeros, because the first write to a block that is
/// only allocated costs a commit the file system's own transaction. A full disk, or a process that may open no further
/// file, is asked again every `room_retry`.
/// Thread-safe; one committing thread calls `take` and `ensure`.
class preparer {
 public:
  /// `ready`: prepared segments found at opening, in order. `next`: the first sequence that no file has.
  preparer(const options& settings, std::shared_ptr<files> files, std::deque<prepared_segment> ready,
           std::uint64_t next);
  ~preparer();
  preparer(const preparer&) = delete;
  preparer& operator=(const preparer&) = delete;

  /// How much room the committing thread has left in its segment, and how much is owed: what is wanted follows.
  void tell(std::uint64_t remainder_bytes, std::uint64_t owed_bytes);

  /// Room in prepared segments.
  std::uint64_t ready_bytes() const noexcept { return ready_bytes_.load(std::memory_order_relaxed); }

  /// Whether `room_bytes` are ready, the first segment holding `contiguous_bytes`; if not, tries to prepare them before
  /// it answers. False: the file system has no room now.
  bool ensure(std::uint64_t room_bytes, std::uint64_t contiguous_bytes);

  /// The next segment, holding at least `bytes`. Waits for room as long as it takes, or until `abandon`: then throws
  /// `no_room_at_close`.
  prepared_segment take(std::uint64_t bytes);

  /// Gives the newest prepared segment back to a file system that is full, for what frees more; none is prepared until
  /// `take_back`. False: there is none to give.
  bool lend();
  void take_back();

  /// The log closes: nobody waits for room any more.
  void abandon();

  /// The last attempt found no room.
  bool blocked() const noexcept { return blocked_.load(std::memory_order_relaxed); }
  /// `take` waits, and there is no room for it: the file system has none, or it was lent.
  bool starved() const noexcept {
    return awaited_.load(std::memory_order_relaxed) && (blocked() || lent_.load(std::memory_order_relaxed));
  }

 private:
  struct slot {
    prepared_segment segment;
    std::uint64_t zeroed_bytes = 0;
  };

  void run();
  bool wants_segment() const;
  bool front_too_small() const;
  void prepare_segment(std::unique_lock<std::mutex>& lock);
  void enlarge_front(std::unique_lock<std::mutex>& lock);
  void zero_front(std::unique_lock<std::mutex>& lock);
  void attempted(int error);

  const options& settings_;
  std::shared_ptr<files> files_;

  std::mutex mutex_;
  std::unique_ptr<condition> changed_;  ///< for the preparing thread
  std::unique_ptr<condition> done_;     ///< for the committing one
  std::deque<slot> ready_;
  std::uint64_t next_;
  std::uint64_t remainder_bytes_ = 0;
  std::uint64_t owed_bytes_ = 0;
  std::uint64_t wanted_bytes_ = 0;      ///< by `ensure`
  std::uint64_t contiguous_bytes_ = 0;  ///< by `ensure` and `take`
  std::uint64_t attempts_ = 0;
  std::chrono::steady_clock::time_point asked_at_{};  ///< when the file system was asked last
  std::chrono::steady_clock::time_point tell_again_at_{};
  bool front_busy_ = false;
  bool preparing_ = false;
  bool stop_ = false;
  bool abandoned_ = false;
  std::atomic<std::uint64_t> ready_bytes_ = 0;
  std::atomic<bool> blocked_ = false;
  std::atomic<bool> awaited_ = false;
  std::atomic<bool> lent_ = false;
  std::unique_ptr<thread> thread_;
};

/// Makes a segment's file: allocated, named, its directory synced. On failure nothing of it is left.
int make_segment(files& files, const std::string& directory, std::uint64_t sequence, std::uint64_t bytes,
                 std::unique_ptr<file>& made);
/// Writes zeros over `bytes` of it from `at` on, step by step; the caller syncs.
int write_zeros(file& file, std::uint64_t at, std::uint64_t bytes);

}  // namespace sagad::journal::log
