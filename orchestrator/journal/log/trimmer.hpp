#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "journal/log/carrier.hpp"
#include "journal/log/checkpointer.hpp"
#include "journal/log/committer.hpp"
#include "journal/log/key_files.hpp"

namespace sagad::journal::log {

/// Frees the log's oldest segment once all of its records are past their retention: copies the sagas that must stay,
/// writes the key file that makes it free, forgets the rest. Works in small pieces, so that who appends has the
/// processor and the disk in between. Used by one thread at a time; counters may be read by any.
class trimmer {
 public:
  /// What it works on: the log's.
  struct parts {
    log::files& files;
    log::segments& segments;
    log::reader& reader;
    frame_writer& writer;
    log::index& index;
    key_files& keys;
    log::preparer& preparer;
    log::committer& committer;
    log::checkpointer& checkpointer;
    log::carrier& carrier;
    group_writer& turns;
    checkpoint_begin& state;
  };

  trimmer(const options& settings, const parts& of);
  ~trimmer();
  trimmer(const trimmer&) = delete;
  trimmer& operator=(const trimmer&) = delete;

  /// A piece of `trim_piece_bytes`; returns whether there may be more. Throws as `store::trim` does.
  bool run(millis now);

  std::uint64_t segments_freed() const noexcept { return segments_freed_.load(std::memory_order_relaxed); }

 private:
  /// A segment that is being freed, and how far that is.
  struct work;
  struct file_to_remove {
    std::uint64_t sequence = 0;
    std::uint64_t bytes = UINT64_MAX;  ///< left of it; not known yet
  };

  std::unique_ptr<work> next_segment(millis now);
  bool step(work& on, millis now);
  bool spend(std::uint64_t bytes) noexcept;
  bool read_piece(work& on, const std::function<void(const frame_header& header, std::string_view body)>& visit);
  bool look(work& on);
  bool sort_out(work& on, millis now);
  bool carry(work& on, millis now);
  bool carry_some(work& on, std::vector<saga_id>& sagas, room::claim claim, millis now);
  bool collect_keys(work& on, millis now);
  bool archive(work& on);
  bool archive_some(work& on);
  key_file_header prepare_keys(const work& on);
  void free(work& on);
  bool remove_files();

  const options& settings_;
  parts parts_;
  std::uint64_t looked_at_ = 0;  ///< the segment whose newest record's time is known
  millis newest_there_ = never;
  std::unique_ptr<work> under_way_;
  std::uint64_t left_bytes_ = 0;  ///< of this piece
  std::vector<file_to_remove> to_remove_;
  std::atomic<std::uint64_t> segments_freed_ = 0;
};

}  // namespace sagad::journal::log
