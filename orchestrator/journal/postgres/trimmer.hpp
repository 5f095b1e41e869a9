#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "journal/postgres/lease.hpp"
#include "journal/postgres/pool.hpp"
#include "journal/postgres/removal_gate.hpp"

namespace sagad::journal::postgres {

/// Frees what the retention does not cover, oldest first, a few records at a time: those of sagas that are over, and
/// keys whose time has passed. What is still wanted stays where it is, before the oldest place. Of several nodes each
/// does so with the partitions that it owns.
class trimmer {
 public:
  trimmer(const options& settings, pool& connections, lease& ownership, std::uint64_t oldest)
      : settings_(settings), pool_(connections), lease_(ownership), oldest_(oldest) {
    try_as_ever();
    records_ = settings_.trim_records;
  }

  /// A partition has come: of what it has before that place nothing is over.
  void begin(const held_partition& one, std::uint64_t freed_place);
  /// Somebody has come so far.
  void learn_oldest(std::uint64_t place) noexcept;

  /// A piece of what lies before `end`; whether there may be more. One thread.
  bool run(millis now, std::uint64_t end);

  /// Of the records that are shown in their order; what lies before it may be gone.
  std::uint64_t oldest() const noexcept { return oldest_.load(std::memory_order_acquire); }
  std::uint64_t pieces() const noexcept { return pieces_.load(std::memory_order_relaxed); }
  std::uint64_t nanoseconds() const noexcept { return nanoseconds_.load(std::memory_order_relaxed); }
  /// Held while sagas are removed.
  removal_gate& gone() noexcept { return gone_; }

 private:
  struct piece;
  std::vector<held_partition> begin_run();
  bool trim(connection& database, const std::vector<held_partition>& held, millis now, std::uint64_t end);
  piece look(connection& database, const std::vector<held_partition>& held, millis now, std::uint64_t end);
  bool remove(connection& database, const piece& over);
  bool hold_partitions(connection& database, const piece& over);
  std::uint64_t remove_held(connection& database, const piece& over) const;
  bool try_less() noexcept;
  void try_as_ever() noexcept;
  bool free_keys(connection& database, millis now) const;

  const options& settings_;
  pool& pool_;
  lease& lease_;
  removal_gate gone_;
  std::mutex mutex_;
  std::array<std::uint64_t, partitions> begun_{};  ///< by partition: the epoch under which it came; 0: it did not
  std::uint64_t begin_at_ = UINT64_MAX;            ///< where it is to go on, because a partition has come
  std::uint64_t freed_to_ = UINT64_MAX;            ///< certainly; the thread's that trims
  std::uint64_t noted_ = UINT64_MAX;               ///< of it, for whoever has the partitions next; likewise
  std::optional<millis> waits_for_;                ///< when what comes next was recorded, and it was not over; likewise
  std::size_t records_ = 0;                        ///< looked at in the next piece; likewise
  std::chrono::milliseconds patience_{0};          ///< with each of its statements; likewise
  std::atomic<std::uint64_t> pieces_ = 0;
  std::atomic<std::uint64_t> nanoseconds_ = 0;  ///< waited for the database
  std::atomic<std::uint64_t> oldest_;
};

}  // namespace sagad::journal::postgres
