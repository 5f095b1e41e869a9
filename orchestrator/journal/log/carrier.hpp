#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "journal/log/carried.hpp"
#include "journal/log/frame_writer.hpp"
#include "journal/log/group_writer.hpp"
#include "journal/log/index.hpp"
#include "journal/log/live_set.hpp"
#include "journal/log/reader.hpp"
#include "journal/log/room.hpp"

namespace sagad::journal::log {

/// Copies whole sagas to the log's end, a frame a piece, each between two batches. From its last copy on a saga's
/// newest record is that copy, its records before are the other copies, and where the originals lie nothing is read any
/// more. One thread.
class carrier {
 public:
  carrier(const options& settings, frame_writer& writer, live_set& live, log::index& index, reader& reader, room& space,
          group_writer& turns);

  /// Where a saga's newest record lies; empty: it is gone, or was never there.
  std::optional<offset> newest_of(const saga_id& saga) const;

  struct standing {
    std::optional<offset> newest;  ///< as `newest_of`
    bool live = false;
  };
  /// How each of many stands, for whom nobody waits.
  std::vector<standing> standing_of(std::span<const saga_id> sagas) const;

  struct carried {
    std::size_t sagas = 0;      ///< the first so many were dealt with
    std::uint64_t bytes = 0;    ///< of their records
    std::vector<saga_id> left;  ///< of them: those that wrote a record meanwhile, and are left as they are
  };
  /// Copies them at `now`, into what `on` allows, until their records are `bytes_max` or more. Throws std::system_error
  /// when there is no room; what was copied by then counts.
  carried carry(std::span<const saga_id> sagas, room::claim on, std::uint64_t bytes_max, millis now);

  std::uint64_t sagas_carried() const noexcept { return sagas_carried_.load(std::memory_order_relaxed); }

 private:
  /// A saga's records for the next frame.
  struct part {
    saga_id saga;
    offset newest = no_record;  ///< as it was when they were read
    std::vector<reader::raw_record> records;
    bool begins = true;  ///< its first one is among them
    bool ends = true;    ///< its newest one is
  };

  void take(const saga_id& saga, offset newest);
  void write();
  void write_parts();
  void append(const part& which);
  void tell_copies();

  std::size_t piece_bytes_max_;
  frame_writer& writer_;
  live_set& live_;
  log::index& index_;
  reader& reader_;
  room& room_;
  group_writer& turns_;

  std::vector<part> parts_;
  std::size_t bytes_ = 0;  ///< of the records in them
  carried done_;
  room::claim claim_ = room::claim::owed;
  bool no_room_ = false;
  millis now_ = 0;

  // The frame that is written.
  std::string frame_;
  std::uint32_t records_ = 0;
  bool unfinished_ = false;
  offset before_ = no_record;  ///< the copy before, of the same saga
  std::vector<live_entry> new_live_;
  std::vector<key_entry> new_keys_;
  std::vector<finished_entry> new_finished_;
  std::atomic<std::uint64_t> sagas_carried_ = 0;
};

}  // namespace sagad::journal::log
