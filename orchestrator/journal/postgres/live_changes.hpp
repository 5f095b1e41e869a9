#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "journal/journal.hpp"
#include "journal/postgres/database.hpp"

namespace sagad::journal::postgres {

/// What a record has in the place of when its saga is due, when the saga is over.
inline constexpr millis due_when_over = -1;

/// What has changed of who lives since sagad_live_sagas was written last. That table is written now and then, so that a
/// saga which begins and ends in between is never in it; with it goes, for each partition, the position up to which it
/// is right. Who lives now is what it tells and what came since, which the records say. One thread.
class live_changes {
 public:
  void began(const saga_id& saga) { begun_.try_emplace(saga, false); }
  /// One that the table may have, or that began since.
  void ended(const saga_id& saga);
  /// All that has become of the partition up to there is known here.
  void reached(partition_no partition, std::uint64_t epoch, position last) { reached_[partition] = {epoch, last}; }
  /// Nothing is known of the partition any more.
  void forget(partition_no partition);

  bool empty() const noexcept { return reached_.empty(); }

  /// Writes it, where partitions still have their epochs, and has nothing more to write. Throws as a connection does,
  /// and then has all of it still: the same again is harmless, whatever became of it.
  void write(connection& database);

 private:
  struct place {
    std::uint64_t epoch = 0;
    position last = 0;
  };

  parameters where_reached() const;

  std::unordered_map<saga_id, bool, saga_id_hash> begun_;  ///< whether the table may have it
  std::vector<saga_id> over_;                              ///< that the table may have
  std::unordered_map<partition_no, place> reached_;
};

}  // namespace sagad::journal::postgres
