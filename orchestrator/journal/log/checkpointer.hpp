#pragma once

#include <atomic>
#include <cstddef>
#include <string>

#include "journal/log/checkpoint.hpp"
#include "journal/log/frame_writer.hpp"
#include "journal/log/room.hpp"

namespace sagad::journal::log {

/// Writes checkpoints, a frame a step, so that batches go between. Used by the committing thread.
class checkpointer {
 public:
  /// `state` is the committer's; `last`: where the last complete checkpoint began.
  checkpointer(const options& settings, frame_writer& writer, live_set& live, room& space, lock_file& lock,
               const checkpoint_begin& state, offset last);

  /// There is a step to do, and room to spare for it.
  bool wanted() const noexcept;
  void step();
  /// All of one, at once: an opening's after a loss that was accepted.
  void write_whole();

  /// Where the last complete one began. Any thread.
  offset last_begin() const noexcept { return last_begin_.load(std::memory_order_acquire); }

 private:
  static constexpr std::size_t piece_entries_min = 1024;
  static constexpr std::size_t finished = SIZE_MAX;

  bool due() const noexcept;
  void write_begin();
  void write_piece();
  void write_end();

  const options& settings_;
  frame_writer& writer_;
  live_set& live_;
  room& room_;
  lock_file& lock_;
  const checkpoint_begin& state_;
  std::atomic<offset> last_begin_;
  std::uint64_t last_bytes_ = 0;
  offset begin_{};
  std::size_t next_shard_ = finished;  ///< of the one under way
  std::uint64_t told_ = 0;
  std::uint64_t bytes_ = 0;
  std::string frame_;
};

}  // namespace sagad::journal::log
