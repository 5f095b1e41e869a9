#include "journal/log/carrier.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "journal/log/key_hash.hpp"

namespace sagad::journal::log {
namespace {

// So much is written at once at most, beside a record that is longer: a batch waits for it.
constexpr std::size_t carried_bytes_usual_max = 128U << 10U;
static_assert(carried_bytes_usual_max / record_header_bytes <= records_in_frame_max);

}  // namespace

carrier::carrier(const options& settings, frame_writer& writer, live_set& live, log::index& index, reader& reader,
                 room& space, group_writer& turns)
    : piece_bytes_max_(std::min<std::size_t>(carried_bytes_usual_max, settings.segment_bytes / 4)),
      writer_(writer),
      live_(live),
      index_(index),
      reader_(reader),
      room_(space),
      turns_(turns) {}

std::optional<offset> carrier::newest_of(const saga_id& saga) const {
  if (const auto found = live_.find(saga)) return found->newest;
  return index_.find_finished(saga, index::reader::others);
}

std::vector<carrier::standing> carrier::standing_of(std::span<const saga_id> sagas) const {
  std::vector<standing> found(sagas.size());
  std::vector<saga_id> over;
  for (std::size_t at = 0; at < sagas.size(); ++at) {
    if (const auto live = live_.find(sagas[at])) {
      found[at] = {live->newest, true};
    } else {
      over.push_back(sagas[at]);
    }
  }
  // After the live set: the index is told of an end before a saga leaves that.
  const auto ends = index_.find_finished(over);
  auto newest = ends.begin();
  for (auto& one : found) {
    if (!one.live) one.newest = *newest++;
  }
  return found;
}

carrier::carried carrier::carry(std::span<const saga_id> sagas, room::claim on, std::uint64_t bytes_max, millis now) {
  now_ = now;
  claim_ = on;
  parts_.clear();
  bytes_ = 0;
  done_ = {};
  for (const auto& saga : sagas) {
    if (done_.bytes >= bytes_max) break;
    if (const auto newest = newest_of(saga)) take(saga, *newest);
    ++done_.sagas;
  }
  if (!parts_.empty()) write();
  return std::exchange(done_, {});
}

void carrier::take(const saga_id& saga, offset newest) {
  auto records = reader_.raw_saga_from(saga, newest);
  bool begun = false;
  for (auto& record : records) {
    if (bytes_ != 0 && bytes_ + record.bytes.size() > piece_bytes_max_) {
      if (begun) parts_.back().ends = false;
      write();
    }
    if (!begun || parts_.empty()) parts_.push_back({saga, newest, {}, !begun, true});
    begun = true;
    bytes_ += record.bytes.size();
    done_.bytes += record.bytes.size();
    parts_.back().records.push_back(std::move(record));
  }
}

void carrier::write() {
  turns_.between_batches([this] { write_parts(); });
  parts_.clear();
  bytes_ = 0;
  if (std::exchange(no_room_, false)) {
    throw std::system_error(ENOSPC, std::generic_category(), "copies of sagas that must stay find no room in the log");
  }
}

// With the turn: what a saga's newest record is stands still.
void carrier::write_parts() {
  if (!room_.carries(frame_header_bytes + carried_header_bytes + bytes_, claim_)) {
    no_room_ = true;
    return;
  }
  frame_writer::begin(frame_);
  append_carried_header(frame_);
  records_ = 0;
  new_live_.clear();
  new_keys_.clear();
  new_finished_.clear();
  for (const auto& one : parts_) {
    const auto live = live_.find(one.saga);
    const auto newest = live ? std::optional(live->newest) : index_.find_finished(one.saga, index::reader::committer);
    if (newest == one.newest) {
      append(one);
    } else if (newest && one.ends) {
      done_.left.push_back(one.saga);
    }
  }
  if (records_ == 0) return;
  set_carried(frame_, now_, unfinished_);
  writer_.write(frame_, frame_kind::carried, records_);
  tell_copies();
}

void carrier::append(const part& which) {
  placed_record copy;
  // What lies before the first one is nothing, or lost.
  if (which.begins) before_ = which.records.front().previous;
  for (const auto& original : which.records) {
    const auto begin = frame_.size();
    frame_.append(original.bytes);
    set_previous(frame_.data() + begin, before_);
    before_ = record_of(writer_.end(), records_++);
    const auto record = parse_whole_record(original.bytes.data());
    if (record.has_key) new_keys_.push_back({key_hash(record.key, writer_.log()), before_});
    copy = {record, before_};
  }
  unfinished_ = !which.ends;
  if (unfinished_) return;
  if (copy.record.final) {
    new_finished_.push_back({which.saga, copy.at});
  } else {
    new_live_.push_back({which.saga, copy.at, copy.record.due});
  }
}

// As the committer does: the index before the live set.
void carrier::tell_copies() {
  index_.add(new_keys_, new_finished_, writer_.end());
  for (const auto& one : new_live_) live_.put(one);
  sagas_carried_.fetch_add(new_live_.size() + new_finished_.size(), std::memory_order_relaxed);
  room_.tell();
}

}  // namespace sagad::journal::log
