#pragma once

#include <atomic>
#include <mutex>

#include "journal/postgres/lease.hpp"
#include "journal/postgres/pool.hpp"

namespace sagad::journal::postgres {

/// Frees what the retention does not cover, oldest first, a few records at a time: those of sagas that are over, and
/// keys whose time has passed. What is still wanted stays where it is, behind the oldest place.
class trimmer {
 public:
  trimmer(const options& settings, pool& connections, const lease& ownership, std::uint64_t oldest)
      : settings_(settings), pool_(connections), lease_(ownership), freed_to_(oldest), oldest_(oldest) {}

  /// A piece of what lies before `end`; whether there may be more. One thread.
  bool run(millis now, std::uint64_t end);

  /// Of the records that are shown in their order; what lies before it may be gone.
  std::uint64_t oldest() const noexcept { return oldest_.load(std::memory_order_acquire); }
  std::uint64_t pieces() const noexcept { return pieces_.load(std::memory_order_relaxed); }
  /// Held while sagas are removed.
  std::mutex& gone() noexcept { return gone_; }

 private:
  struct piece;
  bool trim(connection& database, millis now, std::uint64_t end);
  piece look(connection& database, millis now, std::uint64_t end) const;
  void remove(connection& database, const piece& over);
  bool free_keys(connection& database, millis now) const;

  const options& settings_;
  pool& pool_;
  const lease& lease_;
  std::mutex gone_;
  std::uint64_t freed_to_;  ///< certainly; the thread's that trims
  std::atomic<std::uint64_t> pieces_ = 0;
  std::atomic<std::uint64_t> oldest_;
};

}  // namespace sagad::journal::postgres
