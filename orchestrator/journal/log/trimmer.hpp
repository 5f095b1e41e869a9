#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "journal/log/carrier.hpp"
#include "journal/log/checkpointer.hpp"
#include "journal/log/committer.hpp"
#include "journal/log/key_files.hpp"

namespace sagad::journal::log {

/// Frees the log's oldest segment once all of its records are past their retention: copies the sagas that must stay,
/// writes the key file that makes it free, forgets the rest. Used by one thread at a time; counters may be read by any.
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

  /// One segment at most; returns whether one was freed, and there may be more. Throws as `store::trim` does.
  bool run(millis now);

  std::uint64_t segments_freed() const noexcept { return segments_freed_.load(std::memory_order_relaxed); }

 private:
  /// What a segment holds: where sagas begin in it, and where it saw the last of each.
  struct survey;

  survey look(const segments::closed_segment& segment) const;
  bool sort_out(const segments::closed_segment& segment, survey& found, millis now);
  std::vector<freed_key> keys_of(const segments::closed_segment& segment, const survey& found, millis now) const;
  key_file_header prepare_keys(const segments::closed_segment& segment, const std::vector<freed_key>& keys);
  bool free(const segments::closed_segment& segment, const key_file_header& header, std::vector<saga_id> gone);
  void remove_files();

  const options& settings_;
  parts parts_;
  std::uint64_t looked_at_ = 0;  ///< the segment whose newest record's time is known
  millis newest_there_ = never;
  std::vector<std::uint64_t> to_remove_;
  std::atomic<std::uint64_t> segments_freed_ = 0;
};

}  // namespace sagad::journal::log
