#pragma once

#include <memory>
#include <unordered_set>
#include <vector>

#include "journal/log/carried.hpp"
#include "journal/log/checkpoint.hpp"
#include "journal/log/index_db.hpp"
#include "journal/log/live_set.hpp"
#include "journal/log/lost_range.hpp"

namespace sagad::journal::log {

/// What the frames of a log mean, taken one after the other: the live sagas and last positions from a checkpoint's
/// begin on, keys and finished sagas from where the index has got to. Used by the thread that opens the log.
class replay {
 public:
  /// `checkpoint`: where it begins; 0: none, everything is read. `batch`: entries handed to the index at once.
  replay(offset checkpoint, std::uint64_t log, index_db& stored, std::size_t batch);

  /// `start` is the frame's own offset. Throws `damaged` when a whole frame makes no sense.
  void frame(const frame_header& header, std::string_view body);
  /// The log goes on behind a loss that was accepted.
  void gap(lost_range range);
  /// The log ends here.
  void end(offset at) { since_.upto = at; }

  /// The checkpoint's last frame was met.
  bool complete() const noexcept { return checkpoint_ == offset{} || complete_; }
  checkpoint_begin& state() noexcept { return state_; }
  std::unique_ptr<live_set> take_live() noexcept { return std::move(live_); }
  index_entries take_index_entries() noexcept { return std::move(since_); }
  /// Sagas that lack records or may.
  std::vector<saga_id> concerned() const;
  /// Every saga that is live here may lack what came after.
  void suspect_all();

 private:
  void records(const frame_header& header, std::string_view body);
  void carried(const frame_header& header, std::string_view body);
  void hand_over(offset upto);
  void record(const record_view& record, offset at);
  void piece(const checkpoint_piece& piece);
  bool broken(const record_view& record);

  offset checkpoint_;
  std::uint64_t log_;
  index_db& stored_;
  std::size_t batch_;
  offset index_from_;
  bool complete_ = false;
  checkpoint_begin state_;
  std::unique_ptr<live_set> live_ = std::make_unique<live_set>();
  index_entries since_;
  std::vector<placed_record> records_;  ///< of the frame that is read
  std::vector<lost_range> gaps_;
  std::unordered_set<saga_id, saga_id_hash> lost_;
  std::unordered_set<saga_id, saga_id_hash> suspects_;
};

}  // namespace sagad::journal::log
