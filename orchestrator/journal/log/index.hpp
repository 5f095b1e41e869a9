#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "journal/log/index_db.hpp"
#include "journal/log/options.hpp"

namespace sagad::journal::log {

/// Finds the starts of keys and the ends of finished sagas: what is new in memory, what is older in index.db, written
/// behind by a thread of low priority. While the database cannot be written everything new stays in memory, and the
/// writing is tried again. Thread-safe, but `add`: one thread.
class index {
 public:
  using reader = index_db::reader;

  /// `since`: what the log holds and `stored` does not; `oldest`: where the log begins.
  index(const options& settings, std::unique_ptr<index_db> stored, index_entries since, offset oldest);
  ~index();
  index(const index&) = delete;
  index& operator=(const index&) = delete;

  /// What a durable frame brought; the log is told up to `upto`.
  void add(std::span<const key_entry> keys, std::span<const finished_entry> finished, offset upto);

  /// Appends the places of starts whose key has this hash: the key itself must be compared there.
  void find_keys(std::uint64_t hash, reader who, std::vector<offset>& places);
  /// Where the newest record of a saga lies that has finished; empty when the log does not go back so far any more.
  std::optional<offset> find_finished(const saga_id& saga, reader who);
  /// The same of many, by whom nobody waits for: one for each.
  std::vector<std::optional<offset>> find_finished(std::span<const saga_id> sagas);

  /// The log begins at `what.oldest` from now on: what stands for the rest is removed behind.
  void free(index_db::freed what);

  /// Where the log begins.
  offset oldest() const noexcept { return oldest_.load(std::memory_order_acquire); }

  /// Entries that only memory has.
  std::uint64_t behind() const noexcept { return behind_.load(std::memory_order_relaxed); }
  /// Why it cannot be written now; empty: it can.
  std::string trouble() const;

 private:
  void run();
  std::optional<offset> last_told(const saga_id& saga, reader who);
  bool worth_writing() const;
  bool write();
  void remove_freed(std::unique_lock<std::mutex>& lock);
  std::optional<offset> in_memory(const saga_id& saga) const;
  void tell_failure(const sqlite_error& error);
  [[noreturn]] void give_up(const sqlite_error& error);

  const options& settings_;
  std::unique_ptr<index_db> stored_;

  mutable std::mutex mutex_;
  std::unique_ptr<condition> changed_;
  index_entries newest_;
  index_entries writing_;  ///< moved from `newest_`; changed by the index's thread under the lock
  std::deque<index_db::freed> freed_;
  offset written_upto_;
  std::string trouble_;
  std::uint64_t failures_ = 0;  ///< since it was last written; the index's thread's
  bool stop_ = false;
  std::atomic<std::uint64_t> behind_ = 0;
  std::atomic<offset> oldest_;
  std::unique_ptr<thread> thread_;
};

}  // namespace sagad::journal::log
