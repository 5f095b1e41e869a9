#pragma once

#include <atomic>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "journal/log/batch.hpp"
#include "journal/log/checkpointer.hpp"
#include "journal/log/flat_table.hpp"
#include "journal/log/index.hpp"
#include "journal/log/key_holders.hpp"
#include "journal/log/room.hpp"

namespace sagad::journal::log {

/// Decides on each entry, links it to its saga's record before, writes the frames and tells live set and index. Used by
/// one thread at a time, the one that holds the writer's turn; the counters may be read by any.
class committer {
 public:
  committer(const options& settings, frame_writer& writer, live_set& live, log::index& index,
            const key_holders& holders, room& space, lock_file& lock, checkpoint_begin& state);

  /// Makes the batches durable, in their order, and fills in what did not become so.
  void commit(std::vector<batch>& group);

  /// Whether `commit` would not wait for room. By who has the turn, or may take it.
  bool has_room_for(const std::vector<batch>& group) const noexcept;

  /// Whether `commit` waits for room now. Any thread.
  bool waits_for_room() const noexcept { return room_.waited_for(); }

  /// The first frame of an opening.
  void write_opened();

  /// The lowest place of a finished saga's newest record behind which another was written since this was asked last;
  /// the highest there is: there was none. By who has the turn.
  offset take_lowest_gone_on() noexcept { return std::exchange(lowest_gone_on_, offset{UINT64_MAX}); }

  std::uint64_t commits() const noexcept { return commits_.load(std::memory_order_relaxed); }
  std::uint64_t records() const noexcept { return records_.load(std::memory_order_relaxed); }

 private:
  /// A record in the frame being collected.
  struct placed {
    saga_id saga;
    offset at = no_record;
    millis due = never;
    bool final = false;
    bool has_key = false;
    std::uint64_t hash = 0;
    record_view record;
  };

  std::optional<exception> refusal(const record_view& record, std::uint64_t hash);
  std::optional<exception> key_taken(const record_view& record, std::uint64_t hash);
  std::optional<offset> known_previous(const saga_id& saga) const;
  void check_position(const record_view& record);
  void place(const record_view& record, std::string_view bytes, std::uint64_t hash);
  void remember_refusal(const saga_id& saga, const exception& why);
  void flush();

  const options& settings_;
  frame_writer& writer_;
  live_set& live_;
  log::index& index_;
  const key_holders& holders_;
  room& room_;
  lock_file& lock_;
  checkpoint_begin& state_;
  std::size_t frame_bytes_max_;

  // The frame being collected.
  std::string frame_;
  std::vector<placed> placed_;
  flat_table<live_entry> newest_in_frame_;
  flat_table<key_entry> keys_in_frame_;  ///< `at`: one more than the index in placed_
  std::uint64_t starts_in_frame_ = 0;

  // Starts refused not long ago: what follows them is refused, too. The oldest are forgotten.
  static constexpr std::size_t refused_max = 16'384;
  std::unordered_map<saga_id, exception, saga_id_hash> refused_;
  std::deque<saga_id> refused_order_;

  std::vector<key_entry> new_keys_;
  std::vector<finished_entry> new_finished_;
  offset lowest_gone_on_{UINT64_MAX};
  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> records_ = 0;
};

}  // namespace sagad::journal::log
