#pragma once

#include <deque>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "journal/log/checkpoint.hpp"
#include "journal/log/frame_writer.hpp"
#include "journal/log/index_db.hpp"
#include "journal/log/key_files.hpp"
#include "journal/log/live_set.hpp"
#include "journal/log/lost_range.hpp"
#include "journal/log/options.hpp"
#include "journal/log/preparer.hpp"
#include "journal/log/segments.hpp"

namespace sagad::journal::log {

/// What a directory's files say, ready to go on.
struct recovered {
  log_tail tail;
  std::vector<segment_info> used;
  std::unique_ptr<key_files> keys;
  std::deque<prepared_segment> ready;
  std::uint64_t next_sequence = 1;
  checkpoint_begin state;  ///< as of the end, not of the last checkpoint
  offset checkpoint{};     ///< where the last complete one began; 0: none
  std::unique_ptr<live_set> live;
  std::unique_ptr<index_db> stored_index;
  index_entries index_since;
  std::string torn;
  std::string lost;
  std::vector<saga_id> lost_sagas;
};

/// Reads what is needed of the log to go on: from its last complete checkpoint, or from where the index has got to. A
/// torn last batch is wiped. The error names what is missing.
std::variant<recovered, std::string> recover(const options& settings, const std::shared_ptr<files>& files,
                                             const lock_file& lock);

}  // namespace sagad::journal::log
