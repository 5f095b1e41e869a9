#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

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
  bool anything_waiting() const noexcept { return read_to_ != file_->upto(); }
  /// The newest record's time that was read; 0: none yet.
  millis newest() const noexcept { return newest_; }

  database& file() noexcept { return *file_; }
  std::unique_ptr<database> release() { return std::move(file_); }

 private:
  void begin_at_oldest();
  void take(const journal::stored_record& record);
  batch forget();

  journal::store& store_;
  std::unique_ptr<database> file_;
  journal::cursor read_to_ = file_->upto();
  batch pending_;
  std::unordered_map<saga_id, std::size_t, saga_id_hash> places_;  // in pending_.changes
  millis newest_ = 0;
};

}  // namespace sagad::views
