#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "journal/journal.hpp"
#include "views/database.hpp"

namespace sagad::views {

/// Brings one file of views up to its journal: reads records, keeps what changed of each saga in memory, writes it as
/// one transaction. One thread.
class projector {
 public:
  projector(journal::store& store, std::unique_ptr<database> file) : store_(store), file_(std::move(file)) {}

  /// Reads at most `count` records that were not read yet; returns whether that was all that the journal has for now.
  /// Throws journal::damaged, journal::trimmed or journal::sqlite_error; what was not written yet is then read again.
  bool read(std::size_t count);
  /// Writes what was read since the last time, which is all that was durable at `as_of`. Throws journal::sqlite_error;
  /// it is then read again.
  void write(millis as_of);

  std::size_t rows_waiting() const noexcept { return pending_.changes.size(); }
  bool anything_waiting() const noexcept { return read_to_ != file_->upto() || !pending_.changes.empty(); }
  /// The newest record's time that was read; 0: none yet.
  millis newest() const noexcept { return newest_; }

  database& file() noexcept { return *file_; }
  std::unique_ptr<database> release() { return std::move(file_); }

 private:
  /// Sagas that have records before the oldest that a scan shows.
  struct begun_before {
    journal::cursor from;  ///< that oldest one
    std::vector<saga_id> sagas;
    std::size_t taken = 0;
    std::size_t written = 0;  ///< of those that were taken
  };

  bool begin_at_oldest(std::size_t count, std::size_t& records);
  void take(const journal::stored_record& record, bool may_be_there);
  void forget();

  journal::store& store_;
  std::unique_ptr<database> file_;
  journal::cursor read_to_ = file_->upto();
  std::optional<begun_before> before_;  ///< while they are taken, and until that is written
  batch pending_;
  std::unordered_map<saga_id, std::size_t, saga_id_hash> places_;  // in pending_.changes
  millis newest_ = 0;
};

}  // namespace sagad::views
