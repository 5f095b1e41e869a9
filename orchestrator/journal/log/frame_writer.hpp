#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "journal/log/frame.hpp"
#include "journal/log/lock_file.hpp"
#include "journal/log/packing.hpp"
#include "journal/log/preparer.hpp"
#include "journal/log/segments.hpp"

namespace sagad::journal::log {

/// Where the log ends and goes on.
struct log_tail {
  std::uint64_t log = 0;
  std::uint64_t sequence = 0;
  std::unique_ptr<log::file> file;
  std::uint64_t at = 0;     ///< in the file: the next frame's place
  std::uint64_t bytes = 0;  ///< the file's size
  offset end{};             ///< the next frame's offset
  bool fresh = false;       ///< nothing was written to this segment yet
};

/// Writes frames, one by one, each durable before the next. Used by one thread at a time; the counters and `end` may be
/// read by any.
class frame_writer {
 public:
  frame_writer(log_tail tail, segments& segments, preparer& preparer, lock_file& lock);

  /// What a frame's buffer starts with: room for its header.
  static void begin(std::string& frame) { frame.assign(frame_header_bytes, '\0'); }

  /// Packs, writes and syncs one frame; goes on to the next segment where this one is too short. Ends the process when
  /// it fails. Afterwards `end` is behind the frame.
  void write(std::string& frame, frame_kind kind, std::uint32_t records);

  /// The offset that the next frame will have, and what is durable. Release: who reads it sees the frames.
  offset end() const noexcept { return end_.load(std::memory_order_acquire); }

  /// What is left of this segment.
  std::uint64_t remainder_bytes() const noexcept { return remainder_bytes_.load(std::memory_order_relaxed); }
  std::uint64_t log() const noexcept { return tail_.log; }

  std::uint64_t written_bytes() const noexcept { return written_bytes_.load(std::memory_order_relaxed); }
  std::uint64_t syncs() const noexcept { return syncs_.load(std::memory_order_relaxed); }
  std::uint64_t nanoseconds() const noexcept { return nanoseconds_.load(std::memory_order_relaxed); }

 private:
  log_tail tail_;
  segments& segments_;
  preparer& preparer_;
  lock_file& lock_;
  packer packer_;
  std::atomic<offset> end_;
  std::atomic<std::uint64_t> remainder_bytes_;
  std::atomic<std::uint64_t> written_bytes_ = 0;
  std::atomic<std::uint64_t> syncs_ = 0;
  std::atomic<std::uint64_t> nanoseconds_ = 0;
};

}  // namespace sagad::journal::log
