#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "journal/archiver.hpp"
#include "journal/journal.hpp"
#include "journal/log/files.hpp"
#include "journal/log/threads.hpp"

namespace sagad::journal::log {

inline constexpr std::uint64_t segment_bytes_min = 64U << 10U;

/// The time of the operating system.
millis wall_clock();

/// How a log is opened.
struct options {
  std::string directory;                     ///< made when it is not there
  std::uint64_t segment_bytes = 64U << 20U;  ///< at least segment_bytes_min; may differ from opening to opening

  /// Room owed to what is live: starts are refused as `full` before it is touched. The fixed part covers checkpoints
  /// and what a segment leaves unused at its end. For each live saga it is what sagas have been writing lately, and
  /// never less than this.
  std::uint64_t reserve_bytes = 2U << 20U;
  std::uint64_t reserve_bytes_per_saga = 4U << 10U;
  std::chrono::milliseconds room_retry{200};  ///< how often a full disk is asked again, by `now`

  /// How long after a start was refused for want of room `full` is told, by `now`: whoever looks now and then sees it.
  std::chrono::milliseconds full_told_for{10'000};

  journal::retention retention;
  /// How long a saga's history is kept if that is longer, by the bytes of its first record; empty: none is.
  std::function<millis(std::string_view start)> history_of;
  /// Gets what is about to be freed; empty: nobody does.
  std::shared_ptr<journal::archiver> archive;

  std::uint64_t checkpoint_bytes = 4U << 20U;  ///< of log between two checkpoints, or four times a checkpoint's size

  std::uint64_t index_keys_per_cut = 1'000'000;   ///< keys in one tree of the index
  std::uint64_t index_batch = 65'536;             ///< keys and finished sagas written to the index at once
  std::chrono::milliseconds index_delay{10'000};  ///< how long fewer of them wait
  std::chrono::milliseconds index_retry{1000};    ///< how often an index that cannot be written is tried again
  std::size_t index_removed_at_once = 512;        ///< sagas that are gone, in one transaction
  /// Of log read, and of sagas looked up by as much as that takes, in one piece of trimming.
  std::uint64_t trim_piece_bytes = 512U << 10U;
  /// Keys and finished sagas kept in memory while the index cannot be written; past it starts are refused as `full`.
  std::uint64_t index_behind_max = 4'000'000;

  /// Goes on with a log that is damaged or incomplete, telling what is lost; without it such a log is refused.
  bool accept_loss = false;

  /// Begins from a backup, which the directory must be.
  bool restored = false;

  std::shared_ptr<log::files> files;  ///< empty: the operating system's
  std::shared_ptr<log::threads> threads = real_threads();
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  std::function<millis()> wall_now = wall_clock;  ///< for a restore's time, and what is due
  /// Hears what people should know while the log is open, on any of its threads; empty: nobody does.
  std::function<void(const std::string&)> tell;
};

}  // namespace sagad::journal::log
