#include "journal/log/trimmer.hpp"

#include <algorithm>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "journal/no_room.hpp"

namespace sagad::journal::log {
namespace {

// How often sagas that go on while they are copied are copied again; what still goes on then waits for the next time.
constexpr int carry_rounds_max = 8;

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

}  // namespace

struct trimmer::survey {
  struct begin {
    saga_id saga;
    offset at = 0;
    bool has_key = false;
  };
  struct sighting {
    offset at = 0;
    millis time = 0;
  };

  millis newest = 0;
  std::vector<begin> begins;
  std::unordered_map<saga_id, sighting, saga_id_hash> last;
  // Once it is sorted out.
  std::vector<saga_id> gone;
  std::vector<saga_id> stay;
  std::unordered_map<offset, millis> freed_keys;  ///< of `gone`: its start's place, its end
};

trimmer::trimmer(const options& settings, const parts& of) : settings_(settings), parts_(of) {}

bool trimmer::run(millis now) {
  remove_files();
  if (const int error = parts_.keys.forget(settings_.retention.keys, now); error != 0) {
    fail(error, "a file of start keys in " + settings_.directory + " cannot be removed");
  }
  const auto segment = parts_.segments.oldest_closed();
  // An opening reads from the last complete checkpoint on.
  if (!segment || segment->end > parts_.checkpointer.last_begin()) return false;
  if (looked_at_ == segment->sequence && !is_over(newest_there_, settings_.retention.history, now)) return false;
  parts_.turns.between_batches([&] { parts_.committer.take_lowest_gone_on(); });
  auto found = look(*segment);
  looked_at_ = segment->sequence;
  newest_there_ = found.newest;
  if (!is_over(found.newest, settings_.retention.history, now)) return false;
  if (!sort_out(*segment, found, now)) return false;
  const auto header = prepare_keys(*segment, keys_of(*segment, found, now));
  if (!free(*segment, header, std::move(found.gone))) return false;
  remove_files();
  return true;
}

trimmer::survey trimmer::look(const segments::closed_segment& segment) const {
  survey found;
  std::vector<placed_record> records;
  parts_.reader.frames(segment.base, segment.end, [&](const frame_header& header, std::string_view body) {
    if (header.kind != frame_kind::records && header.kind != frame_kind::carried) return;
    if (!parse_records(header, body, records)) {
      throw damaged("the frame at offset " + std::to_string(header.offset) + " is whole and makes no sense");
    }
    // Copies are as old as what they were made of: by their own time they would be copied again at once.
    if (header.kind == frame_kind::carried) found.newest = std::max(found.newest, carried_at(body));
    for (const auto& [record, at] : records) {
      found.newest = std::max(found.newest, record.time);
      found.last[record.saga] = {at, record.time};
      if (parts_.reader.is_first(record)) found.begins.push_back({record.saga, at, record.has_key});
    }
  });
  return found;
}

// A saga is gone when its newest record lies here. One that has gone on, or lives, must stay: it is copied, unless it
// was before. False: some could not be copied now.
bool trimmer::sort_out(const segments::closed_segment& segment, survey& found, millis now) {
  for (const auto& begin : found.begins) {
    // In this order: one that ends in between has its newest record behind this segment.
    const bool live = parts_.carrier.is_live(begin.saga);
    const auto newest = parts_.carrier.newest_of(begin.saga);
    if (!newest) continue;
    if (!live && *newest < segment.end) {
      found.gone.push_back(begin.saga);
      if (begin.has_key) found.freed_keys.emplace(begin.at, found.last[begin.saga].time);
    } else if (parts_.reader.first_of(begin.saga, *newest) == begin.at) {
      found.stay.push_back(begin.saga);
    }
  }
  auto left = found.stay;
  for (int round = 0; round < carry_rounds_max && !left.empty(); ++round) left = parts_.carrier.carry(left, now);
  return left.empty();
}

std::vector<freed_key> trimmer::keys_of(const segments::closed_segment& segment, const survey& found,
                                        millis now) const {
  std::vector<freed_key> keys;
  std::vector<placed_record> records;
  parts_.reader.frames(segment.base, segment.end, [&](const frame_header& header, std::string_view body) {
    if (header.kind != frame_kind::records && header.kind != frame_kind::carried) return;
    parse_records(header, body, records);
    for (const auto& [record, at] : records) {
      const auto freed = record.has_key ? found.freed_keys.find(at) : found.freed_keys.end();
      if (freed == found.freed_keys.end() || is_over(freed->second, settings_.retention.keys, now)) continue;
      keys.push_back(
          {at, record.saga, freed->second, record.request_bytes, record.request_canonical, std::string(record.key)});
    }
  });
  return keys;
}

key_file_header trimmer::prepare_keys(const segments::closed_segment& segment, const std::vector<freed_key>& keys) {
  key_file_header header;
  header.log = parts_.writer.log();
  header.sequence = segment.sequence;
  header.from = segment.base;
  header.to = segment.end;
  int error = parts_.keys.prepare(header, keys);
  // It is smaller than a segment, and gives one back.
  if (is_no_room(error) && parts_.preparer.lend()) error = parts_.keys.prepare(header, keys);
  if (error != 0) {
    parts_.preparer.take_back();
    fail(error, "the start keys of " + parts_.segments.path(segment.sequence) + " cannot be kept");
  }
  return header;
}

bool trimmer::free(const segments::closed_segment& segment, const key_file_header& header, std::vector<saga_id> gone) {
  int error = 0;
  bool freed = false;
  const auto give_back = [&] {
    parts_.keys.withdraw(header);
    parts_.preparer.take_back();
  };
  const auto publish = [&] {
    // A saga that was over has gone on since: it is looked at again.
    if (parts_.committer.take_lowest_gone_on() < segment.end) return;
    error = parts_.keys.publish(header);
    if (error != 0) return;
    freed = true;
    parts_.state.oldest_sequence = segment.sequence + 1;
    parts_.index.free({segment.base, segment.end, parts_.keys.oldest().value_or(segment.end), std::move(gone)});
    parts_.segments.forget_before(segment.end);
  };
  try {
    parts_.turns.between_batches(publish);
  } catch (const std::system_error&) {
    give_back();
    throw;
  }
  if (freed) {
    to_remove_.push_back(segment.sequence);
    segments_freed_.fetch_add(1, std::memory_order_relaxed);
  } else {
    give_back();
  }
  if (error != 0) fail(error, "the start keys of " + parts_.segments.path(segment.sequence) + " cannot be kept");
  return freed;
}

void trimmer::remove_files() {
  while (!to_remove_.empty()) {
    const auto path = parts_.segments.path(to_remove_.back());
    if (const int error = parts_.files.remove(path); error != 0) fail(error, path + " cannot be removed");
    to_remove_.pop_back();
    parts_.preparer.take_back();
  }
}

}  // namespace sagad::journal::log
