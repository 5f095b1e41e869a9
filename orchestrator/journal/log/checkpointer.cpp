#include "journal/log/checkpointer.hpp"

#include <algorithm>

#include "base/probe.hpp"

namespace sagad::journal::log {

checkpointer::checkpointer(const options& settings, frame_writer& writer, live_set& live, room& space, lock_file& lock,
                           const checkpoint_begin& state, offset last)
    : settings_(settings), writer_(writer), live_(live), room_(space), lock_(lock), state_(state), last_begin_(last) {}

bool checkpointer::due() const noexcept {
  return bytes_between(last_begin_, writer_.end()) >= std::max(settings_.checkpoint_bytes, 4 * last_bytes_);
}

bool checkpointer::wanted() const noexcept {
  return (next_shard_ != finished || due()) && room_.spares(settings_.segment_bytes / 4);
}

void checkpointer::step() {
  if (next_shard_ == finished) {
    write_begin();
  } else if (next_shard_ < live_set::shards) {
    write_piece();
  } else {
    write_end();
  }
}

void checkpointer::write_whole() {
  next_shard_ = finished;
  do {
    step();
  } while (next_shard_ != finished);
}

void checkpointer::write_begin() {
  begin_ = writer_.end();
  told_ = 0;
  bytes_ = 0;
  next_shard_ = 0;
  frame_writer::begin(frame_);
  append(frame_, state_);
  writer_.write(frame_, frame_kind::checkpoint_begin, 0);
}

void checkpointer::write_piece() {
  checkpoint_piece piece;
  piece.begin = begin_;
  while (next_shard_ < live_set::shards && piece.live.size() < piece_entries_min) {
    live_.append_shard(next_shard_++, piece.live);
  }
  if (piece.live.empty()) return;
  told_ += piece.live.size();
  frame_writer::begin(frame_);
  append(frame_, piece);
  writer_.write(frame_, frame_kind::checkpoint_piece, 0);
  bytes_ += frame_.size();
}

void checkpointer::write_end() {
  frame_writer::begin(frame_);
  append(frame_, checkpoint_end{begin_, told_});
  writer_.write(frame_, frame_kind::checkpoint_end, 0);
  SAGAD_PROBE("a checkpoint is whole");
  lock_.set_checkpoint(begin_);
  last_begin_ = begin_;
  last_bytes_ = bytes_;
  next_shard_ = finished;
}

}  // namespace sagad::journal::log
