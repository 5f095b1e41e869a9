#include "journal/log/committer.hpp"

#include <algorithm>

#include "base/probe.hpp"
#include "journal/log/fatal.hpp"
#include "journal/log/key_hash.hpp"

namespace sagad::journal::log {
namespace {

// A frame whose records are not longer is packed, and has no more of them than can be numbered.
constexpr std::size_t frame_bytes_usual_max = packed_bytes_max;
static_assert(frame_bytes_usual_max / record_header_bytes <= records_in_frame_max);

}  // namespace

committer::committer(const options& settings, frame_writer& writer, live_set& live, log::index& index,
                     const key_holders& holders, room& space, lock_file& lock, checkpoint_begin& state)
    : settings_(settings),
      writer_(writer),
      live_(live),
      index_(index),
      holders_(holders),
      room_(space),
      lock_(lock),
      state_(state),
      frame_bytes_max_(std::min<std::size_t>(frame_bytes_usual_max, settings.segment_bytes / 4)) {
  frame_writer::begin(frame_);
}

void committer::write_opened() {
  ++state_.epoch;
  append_opened(frame_, state_.epoch);
  writer_.write(frame_, frame_kind::opened, 0);
  frame_writer::begin(frame_);
  room_.tell();
}

void committer::commit(std::vector<batch>& group) {
  for (auto& batch : group) {
    std::string_view rest = batch.records;
    auto stale = batch.stale.begin();
    for (std::uint32_t number = 0; number < batch.count; ++number) {
      if (stale != batch.stale.end() && *stale == number) {
        batch.told.push_back({batch.first + number, result::not_owner, {}, false});
        ++stale;
        continue;
      }
      const auto record = parse_whole_record(rest.data());
      const auto bytes = rest.substr(0, record.size);
      rest.remove_prefix(record.size);
      const auto hash = record.has_key ? key_hash(record.key, writer_.log()) : 0;
      if (auto why = refusal(record, hash)) {
        why->ticket = batch.first + number;
        batch.told.push_back(*why);
        if (record.seq == 1) remember_refusal(record.saga, *why);
      } else {
        place(record, bytes, hash);
      }
    }
  }
  flush();
  commits_.fetch_add(1, std::memory_order_relaxed);
}

bool committer::has_room_for(const std::vector<batch>& group) const noexcept {
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  for (const auto& batch : group) {
    bytes += batch.records.size();
    records += batch.count;
  }
  // Of two frames in a row one is at least half full.
  const auto frames = 1 + 2 * bytes / frame_bytes_max_;
  return room_.at_hand(bytes + frames * frame_header_bytes, records);
}

std::optional<exception> committer::refusal(const record_view& record, std::uint64_t hash) {
  if (record.seq != 1) {
    // Only of a saga that is not there: nothing else can have been refused.
    if (known_previous(record.saga)) return std::nullopt;
    if (const auto found = refused_.find(record.saga); found != refused_.end()) return found->second;
    if (index_.find_finished(record.saga, index::reader::committer)) return std::nullopt;
    return exception{0,
                     result::refused,
                     {},
                     false,
                     "record " + std::to_string(record.seq) + " of saga " + record.saga.text() +
                         " has none before it: its start was refused, or is lost"};
  }
  if (record.has_key) {
    if (auto taken = key_taken(record, hash)) return taken;
  }
  if (index_.behind() >= settings_.index_behind_max) {
    SAGAD_PROBE("a start is refused because the index is behind");
    return exception{0, result::full, {}, false, index_.trouble()};
  }
  if (!room_.admits(record.size, frame_.size(), starts_in_frame_)) {
    SAGAD_PROBE("a start is refused because room is owed to live sagas");
    return exception{0, result::full, {}, false};
  }
  return std::nullopt;
}

std::optional<exception> committer::key_taken(const record_view& record, std::uint64_t hash) {
  const auto taken_by = [&](const saga_id& saga, const digest& request_bytes, const digest& request_canonical) {
    const bool same = request_bytes == record.request_bytes || request_canonical == record.request_canonical;
    return exception{0, result::duplicate_key, saga, same};
  };
  std::optional<exception> taken;
  keys_in_frame_.for_key(hash, [&](const key_entry& entry) {
    const auto& holder = placed_[as_number(entry.at) - 1].record;
    if (!taken && holder.key == record.key) {
      SAGAD_PROBE("two starts of one key are in one frame");
      taken = taken_by(holder.saga, holder.request_bytes, holder.request_canonical);
    }
  });
  if (taken) return taken;
  try {
    const auto holder = holders_.find(record.key, hash, record.time, index::reader::committer);
    if (holder) return taken_by(holder->saga, holder->request_bytes, holder->request_canonical);
  } catch (const damaged& error) {
    // Of one start it cannot be said whether its key is held: everything else goes on.
    return exception{0, result::refused, {}, false, "who holds this key cannot be read: " + std::string(error.what())};
  }
  return std::nullopt;
}

// Where the saga's record before lies, as far as that is known without the index.
std::optional<offset> committer::known_previous(const saga_id& saga) const {
  if (const auto* found = newest_in_frame_.find(saga)) return found->newest;
  if (const auto found = live_.find(saga)) return found->newest;
  return std::nullopt;
}

void committer::check_position(const record_view& record) {
  auto& last = state_.last_position[record.saga.partition()];
  if (record.position <= last) {
    fatal("position " + std::to_string(record.position) + " of partition " + std::to_string(record.saga.partition()) +
          " is not above its last one, " + std::to_string(last) + ": two owners, or a fault of ours");
  }
  last = record.position;
  state_.last_time = std::max(state_.last_time, record.time);
}

void committer::place(const record_view& record, std::string_view bytes, std::uint64_t hash) {
  check_position(record);
  if (!placed_.empty() && frame_.size() + bytes.size() > frame_bytes_max_) {
    SAGAD_PROBE("a batch is more than one frame");
    flush();
  }
  offset previous = no_record;
  if (record.seq != 1) {
    if (const auto known = known_previous(record.saga)) {
      previous = *known;
    } else {
      previous = index_.find_finished(record.saga, index::reader::committer).value_or(no_record);
      lowest_gone_on_ = std::min(lowest_gone_on_, previous);
    }
  }
  const auto begin = frame_.size();
  const auto at = record_of(writer_.end(), static_cast<std::uint32_t>(placed_.size()));
  frame_.append(bytes);
  set_previous(frame_.data() + begin, previous);
  newest_in_frame_.put({record.saga, at, record.due});
  placed_.push_back({record.saga, at, record.due, record.final, record.has_key, hash, record});
  if (record.has_key) keys_in_frame_.add({hash, offset{placed_.size()}});
  if (record.seq == 1) ++starts_in_frame_;
}

void committer::remember_refusal(const saga_id& saga, const exception& why) {
  if (!refused_.insert_or_assign(saga, why).second) return;
  refused_order_.push_back(saga);
  if (refused_order_.size() > refused_max) {
    refused_.erase(refused_order_.front());
    refused_order_.pop_front();
  }
}

void committer::flush() {
  if (placed_.empty()) return;
  writer_.write(frame_, frame_kind::records, static_cast<std::uint32_t>(placed_.size()));
  frame_writer::begin(frame_);
  new_keys_.clear();
  new_finished_.clear();
  for (const auto& one : placed_) {
    lock_.set_last_position(one.saga.partition(), one.record.position);
    room_.observe(one.record);
    if (one.has_key) new_keys_.push_back({one.hash, one.at});
    if (one.final) new_finished_.push_back({one.saga, one.at});
  }
  // The index before the live set: a reader that no longer finds a saga there finds it here.
  index_.add(new_keys_, new_finished_, writer_.end());
  for (const auto& one : placed_) {
    if (one.final) {
      live_.erase(one.saga);
    } else {
      live_.put({one.saga, one.at, one.due});
    }
  }
  lock_.set_bytes_a_saga(room_.bytes_a_saga());
  records_.fetch_add(placed_.size(), std::memory_order_relaxed);
  placed_.clear();
  newest_in_frame_.clear();
  keys_in_frame_.clear();
  starts_in_frame_ = 0;
  room_.tell();
}

}  // namespace sagad::journal::log
