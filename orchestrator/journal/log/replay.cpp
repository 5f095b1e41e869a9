#include "journal/log/replay.hpp"

#include <algorithm>

#include "base/probe.hpp"
#include "journal/log/key_hash.hpp"

namespace sagad::journal::log {
namespace {

[[noreturn]] void senseless(const frame_header& header) {
  throw damaged("the frame at " + text(header.offset) +
                " is whole and makes no sense: it was written by another version, or by a faulty one");
}

}  // namespace

replay::replay(offset checkpoint, std::uint64_t log, index_db& stored, std::size_t batch)
    : checkpoint_(checkpoint), log_(log), stored_(stored), batch_(batch), index_from_(stored.position()) {
  state_.last_position.assign(partitions, 0);
  since_.upto = index_from_;
}

void replay::frame(const frame_header& header, std::string_view body) {
  switch (header.kind) {
    case frame_kind::records: records(header, body); return;
    case frame_kind::opened: {
      const auto epoch = parse_opened(body);
      if (!epoch) senseless(header);
      state_.epoch = std::max(state_.epoch, *epoch);
      return;
    }
    case frame_kind::checkpoint_begin: {
      if (header.offset != checkpoint_ || checkpoint_ == offset{}) return;
      auto begin = parse_checkpoint_begin(body);
      if (!begin) senseless(header);
      begin->epoch = std::max(begin->epoch, state_.epoch);
      state_ = std::move(*begin);
      return;
    }
    case frame_kind::checkpoint_piece: {
      if (header.offset < checkpoint_ || checkpoint_ == offset{} || complete_) return;
      const auto part = parse_checkpoint_piece(body);
      if (!part) senseless(header);
      if (part->begin == checkpoint_) piece(*part);
      return;
    }
    case frame_kind::checkpoint_end: {
      const auto last = parse_checkpoint_end(body);
      if (!last) senseless(header);
      if (last->begin == checkpoint_) complete_ = true;
      return;
    }
    case frame_kind::carried: carried(header, body); return;
  }
  senseless(header);
}

void replay::records(const frame_header& header, std::string_view body) {
  // Only what has a frame behind it: the last one may be in the page cache alone, and the index must not know more than
  // the disk.
  if (since_.size() >= batch_) hand_over(header.offset);
  if (!parse_records(header, body, records_)) senseless(header);
  for (const auto& one : records_) record(one.record, one.at);
}

// Copies are what they were copied from: a saga's last one is its newest record from now on.
void replay::carried(const frame_header& header, std::string_view body) {
  if (since_.size() >= batch_) hand_over(header.offset);
  if (!parse_records(header, body, records_)) senseless(header);
  for (std::size_t at = 0; at < records_.size(); ++at) {
    const auto& [copy, place] = records_[at];
    if (copy.has_key && place >= index_from_) since_.keys.add({key_hash(copy.key, log_), place});
    const bool last_here = at + 1 == records_.size();
    const bool newest = last_here ? !is_unfinished(body) : records_[at + 1].record.saga != copy.saga;
    if (!newest) continue;
    if (copy.final && place >= index_from_) since_.finished.put({copy.saga, place});
    if (place < checkpoint_) continue;
    if (copy.final) {
      live_->erase(copy.saga);
    } else {
      live_->put({copy.saga, place, copy.due});
    }
  }
}

void replay::hand_over(offset upto) {
  since_.upto = upto;
  try {
    stored_.add(since_);
  } catch (const sqlite_error& error) {
    if (!error.no_room()) throw;
    // Kept in memory, as it is while the log is open; tried again when as much has come again.
    batch_ += since_.size();
    return;
  }
  SAGAD_PROBE("an opening hands keys to the index");
  index_from_ = upto;
  since_ = {};
  since_.upto = upto;
}

bool replay::broken(const record_view& record) {
  if (gaps_.empty()) return false;
  if (lost_.contains(record.saga)) return true;
  if (find_lost(gaps_, record.previous) != nullptr && record.previous != no_record) {
    lost_.insert(record.saga);
    return true;
  }
  suspects_.erase(record.saga);
  return false;
}

void replay::record(const record_view& record, offset at) {
  const bool lacking = broken(record);
  if (at >= index_from_) {
    if (record.has_key) since_.keys.add({key_hash(record.key, log_), at});
    if (record.final || lacking) since_.finished.put({record.saga, at});
  }
  if (at < checkpoint_) return;
  if (record.final || lacking) {
    live_->erase(record.saga);
  } else {
    live_->put({record.saga, at, record.due});
  }
  if (record.saga.partition() < partitions) {
    auto& last = state_.last_position[record.saga.partition()];
    last = std::max(last, record.position);
  }
  state_.last_time = std::max(state_.last_time, record.time);
}

void replay::piece(const checkpoint_piece& piece) {
  for (const auto& entry : piece.live) {
    // What was written since the checkpoint began is told by the records themselves.
    if (entry.newest >= checkpoint_) {
      SAGAD_PROBE("a checkpoint tells of a saga that has gone on");
      continue;
    }
    if (!gaps_.empty() && (lost_.contains(entry.key) || find_lost(gaps_, entry.newest) != nullptr)) {
      lost_.insert(entry.key);
      continue;
    }
    live_->put(entry);
  }
}

void replay::suspect_all() {
  std::vector<live_entry> all;
  for (std::size_t shard = 0; shard < live_set::shards; ++shard) live_->append_shard(shard, all);
  for (const auto& entry : all) suspects_.insert(entry.key);
}

void replay::gap(lost_range range) {
  suspect_all();
  gaps_.push_back(range);
}

std::vector<saga_id> replay::concerned() const {
  std::vector<saga_id> all(lost_.begin(), lost_.end());
  for (const auto& saga : suspects_) {
    if (!lost_.contains(saga)) all.push_back(saga);
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace sagad::journal::log
