#include "journal/log/trimmer.hpp"

#include <algorithm>
#include <span>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "base/probe.hpp"
#include "journal/log/flat_table.hpp"
#include "journal/no_room.hpp"

namespace sagad::journal::log {
namespace {

// How often sagas that go on while they are copied are copied again; what still goes on then waits for the next time.
constexpr int carry_rounds_max = 8;
// Copied and looked up at once.
constexpr std::size_t sagas_carried_at_once = 64;
constexpr std::size_t sagas_sorted_at_once = 64;
// Looking a saga up takes about as long as reading so much of the log.
constexpr std::uint64_t look_up_bytes = 2048;
// Removing a large file at once keeps the file system busy, and with it who syncs.
constexpr std::uint64_t removed_at_once_bytes = 4U << 20U;

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

}  // namespace

struct trimmer::work {
  enum class stage { look, sort_out, carry, collect_keys, archive, free, done };

  struct begin {
    saga_id saga;
    offset at = no_record;
    bool copied = false;  ///< of which there may be several: what was not copied to its end is copied anew
    bool has_key = false;
    millis kept = 0;  ///< its history, if longer than usual
  };
  struct sighting {
    saga_id key;
    millis time = never;  ///< of the saga's last record there

    static std::uint64_t hash(const saga_id& saga) noexcept { return saga_id_hash{}(saga); }
    bool empty() const noexcept { return time == never; }
  };

  segments::closed_segment segment;
  stage at = stage::look;
  offset read_to{};  ///< of the segment, where it is read

  // What it holds.
  millis newest = 0;
  std::vector<begin> begins;
  flat_table<sighting> last;
  // Once it is sorted out.
  std::size_t sorted = 0;  ///< of `begins`
  std::vector<saga_id> gone;
  std::vector<offset> gone_newest;  ///< where the newest record of each of them lies
  std::vector<saga_id> stay;
  std::vector<saga_id> kept;  ///< must stay, are over, and are kept longer: nobody is owed room for that
  std::unordered_map<offset, millis> freed_keys;  ///< of `gone`: its start's place, its end
  // What is copied.
  std::vector<saga_id> again;  ///< those that went on meanwhile
  int rounds = 0;

  std::vector<freed_key> keys;
  std::size_t archived = 0;  ///< of `gone`
  bool lent = false;         ///< a prepared segment, to the archive
};

trimmer::trimmer(const options& settings, const parts& of) : settings_(settings), parts_(of) {}

trimmer::~trimmer() = default;

bool trimmer::run(millis now) {
  left_bytes_ = settings_.trim_piece_bytes;
  if (remove_files()) return true;
  if (const int error = parts_.keys.forget(settings_.retention.keys, now); error != 0) {
    fail(error, "a file of start keys in " + settings_.directory + " cannot be removed");
  }
  // What fails begins anew.
  auto on = under_way_ ? std::move(under_way_) : next_segment(now);
  if (!on) return false;
  while (left_bytes_ != 0) {
    if (!step(*on, now)) return false;
    if (on->at != work::stage::done) continue;
    remove_files();
    return true;
  }
  under_way_ = std::move(on);
  return true;
}

std::unique_ptr<trimmer::work> trimmer::next_segment(millis now) {
  const auto segment = parts_.segments.oldest_closed();
  // An opening reads from the last complete checkpoint on.
  if (!segment || segment->end > parts_.checkpointer.last_begin()) return nullptr;
  if (looked_at_ == segment->sequence && !is_over(newest_there_, settings_.retention.history, now)) return nullptr;
  parts_.turns.between_batches([&] { parts_.committer.take_lowest_gone_on(); });
  auto next = std::make_unique<work>();
  next->segment = *segment;
  next->read_to = segment->base;
  return next;
}

// As much of one stage as this piece allows. False: the segment cannot be freed now.
bool trimmer::step(work& on, millis now) {
  switch (on.at) {
    case work::stage::look:
      if (!look(on)) return true;
      looked_at_ = on.segment.sequence;
      newest_there_ = on.newest;
      if (!is_over(on.newest, settings_.retention.history, now)) return false;
      on.at = work::stage::sort_out;
      return true;
    case work::stage::sort_out:
      if (!sort_out(on, now)) return true;
      on.read_to = on.segment.base;
      on.at = work::stage::carry;
      return true;
    case work::stage::carry:
      if (!carry(on, now)) return true;
      on.at = work::stage::collect_keys;
      return on.again.empty();
    case work::stage::collect_keys:
      if (!collect_keys(on, now)) return true;
      on.at = settings_.archive ? work::stage::archive : work::stage::free;
      return true;
    case work::stage::archive:
      if (archive(on)) on.at = work::stage::free;
      return true;
    case work::stage::free: free(on); return on.at == work::stage::done;
    case work::stage::done: break;
  }
  return true;
}

// False: the piece is used up.
bool trimmer::spend(std::uint64_t bytes) noexcept {
  left_bytes_ -= std::min(left_bytes_, bytes);
  return left_bytes_ != 0;
}

// Of the segment's records as many as this piece allows; returns whether it was read to its end.
bool trimmer::read_piece(work& on, const std::function<void(const frame_header&, std::string_view)>& visit) {
  const auto filter = [&](const frame_header& header, std::string_view body) {
    const bool more = spend(std::max(header.bytes, header.unpacked));
    if (header.kind == frame_kind::records || header.kind == frame_kind::carried) visit(header, body);
    return more;
  };
  on.read_to = parts_.reader.frames(on.read_to, on.segment.end, filter);
  return on.read_to >= on.segment.end;
}

bool trimmer::look(work& on) {
  std::vector<placed_record> records;
  return read_piece(on, [&](const frame_header& header, std::string_view body) {
    if (!parse_records(header, body, records)) {
      throw damaged("the frame at " + text(header.offset) + " is whole and makes no sense");
    }
    // Copies are as old as what they were made of: by their own time they would be copied again at once.
    if (header.kind == frame_kind::carried) on.newest = std::max(on.newest, carried_at(body));
    for (const auto& [record, at] : records) {
      on.newest = std::max(on.newest, record.time);
      on.last.put({record.saga, record.time});
      if (parts_.reader.is_first(record)) {
        on.begins.push_back({record.saga, at, header.kind == frame_kind::carried, record.has_key,
                             settings_.history_of ? settings_.history_of(record.bytes) : 0});
      }
    }
  });
}

// A saga is gone when its newest record lies here. One that has gone on, or lives, must stay, and so must one that is
// kept longer than others: it is copied, unless it was before.
bool trimmer::sort_out(work& on, millis now) {
  std::vector<saga_id> sagas;
  do {
    const auto begins = std::span(on.begins).subspan(on.sorted);
    const auto some = begins.first(std::min(begins.size(), sagas_sorted_at_once));
    on.sorted += some.size();
    sagas.clear();
    for (const auto& begin : some) sagas.push_back(begin.saga);
    const auto standing = parts_.carrier.standing_of(sagas);
    for (std::size_t at = 0; at < some.size(); ++at) {
      const auto& begin = some[at];
      const auto& [newest, live] = standing[at];
      if (!newest) continue;
      if (begin.copied && parts_.reader.first_of(begin.saga, *newest) != begin.at) {
        SAGAD_PROBE("a copy that means nothing any more is freed");
        continue;
      }
      const auto ended = on.last.find(begin.saga)->time;
      if (!live && *newest < on.segment.end && is_over(ended, begin.kept, now)) {
        on.gone.push_back(begin.saga);
        on.gone_newest.push_back(*newest);
        if (begin.has_key) on.freed_keys.emplace(begin.at, ended);
      } else if (parts_.reader.first_of(begin.saga, *newest) == begin.at) {
        (!live && begin.kept != 0 ? on.kept : on.stay).push_back(begin.saga);
      }
    }
  } while (on.sorted != on.begins.size() && spend(sagas.size() * look_up_bytes));
  return on.sorted == on.begins.size();
}

// Returns whether all were copied, or are left in `again`.
bool trimmer::carry(work& on, millis now) {
  const auto all = [&] { return on.kept.empty() && on.stay.empty(); };
  while (!all()) {
    // What needs free room comes first: where there is none, nothing that is owed was used in vain.
    const bool more = on.kept.empty() ? carry_some(on, on.stay, room::claim::owed, now)
                                      : carry_some(on, on.kept, room::claim::spare, now);
    if (all() && ++on.rounds < carry_rounds_max) std::swap(on.stay, on.again);
    if (!more) break;
  }
  return all();
}

// As many as this piece allows. False: it is used up.
bool trimmer::carry_some(work& on, std::vector<saga_id>& sagas, room::claim claim, millis now) {
  const auto some = std::min(sagas.size(), sagas_carried_at_once);
  const auto from = sagas.end() - static_cast<std::ptrdiff_t>(some);
  const auto done = parts_.carrier.carry({from, sagas.end()}, claim, left_bytes_, now);
  sagas.erase(from, from + static_cast<std::ptrdiff_t>(done.sagas));
  on.again.insert(on.again.end(), done.left.begin(), done.left.end());
  return spend(done.sagas * look_up_bytes + done.bytes);
}

bool trimmer::collect_keys(work& on, millis now) {
  std::vector<placed_record> records;
  return read_piece(on, [&](const frame_header& header, std::string_view body) {
    parse_records(header, body, records);
    for (const auto& [record, at] : records) {
      const auto freed = record.has_key ? on.freed_keys.find(at) : on.freed_keys.end();
      if (freed == on.freed_keys.end() || is_over(freed->second, settings_.retention.keys, now)) continue;
      on.keys.push_back(
          {at, record.saga, freed->second, record.request_bytes, record.request_canonical, std::string(record.key)});
    }
  });
}

// Durable before the segment is free. One that goes on meanwhile keeps the segment, and is archived when it is gone.
bool trimmer::archive(work& on) {
  try {
    return archive_some(on);
  } catch (const std::system_error& error) {
    // It may lie on the journal's disk: compressed it is smaller than a segment, and gives one back.
    if (!on.lent && is_no_room(error.code().value()) && parts_.preparer.lend()) {
      on.lent = true;
      on.archived = 0;
      return false;
    }
    parts_.preparer.take_back();
    throw;
  } catch (...) {
    parts_.preparer.take_back();
    throw;
  }
}

bool trimmer::archive_some(work& on) {
  if (on.gone.empty()) return true;
  auto& into = *settings_.archive;
  if (on.archived == 0) into.begin(on.segment.sequence, on.newest);
  while (on.archived != on.gone.size()) {
    const auto at = on.archived++;
    const auto records = parts_.reader.saga_from(on.gone[at], on.gone_newest[at]);
    into.add(records);
    std::uint64_t bytes = look_up_bytes;
    for (const auto& record : records) bytes += record.bytes.size();
    if (!spend(bytes)) return false;
  }
  into.finish();
  return true;
}

key_file_header trimmer::prepare_keys(const work& on) {
  key_file_header header;
  header.log = parts_.writer.log();
  header.sequence = on.segment.sequence;
  header.from = on.segment.base;
  header.to = on.segment.end;
  int error = parts_.keys.prepare(header, on.keys);
  // It is smaller than a segment, and gives one back.
  if (is_no_room(error) && parts_.preparer.lend()) error = parts_.keys.prepare(header, on.keys);
  if (error != 0) {
    parts_.preparer.take_back();
    fail(error, "the start keys of " + parts_.segments.path(on.segment.sequence) + " cannot be kept");
  }
  return header;
}

void trimmer::free(work& on) {
  const auto header = prepare_keys(on);
  // In the order of the index.
  std::sort(on.gone.begin(), on.gone.end());
  int error = 0;
  bool freed = false;
  const auto give_back = [&] {
    parts_.keys.withdraw(header);
    parts_.preparer.take_back();
  };
  const auto publish = [&] {
    // A saga that was over has gone on since: it is looked at again.
    if (parts_.committer.take_lowest_gone_on() < on.segment.end) return;
    error = parts_.keys.publish(header);
    if (error != 0) return;
    freed = true;
    parts_.state.oldest_sequence = on.segment.sequence + 1;
    const auto oldest_key = parts_.keys.oldest().value_or(on.segment.end);
    parts_.index.free({on.segment.base, on.segment.end, oldest_key, std::move(on.gone)});
    parts_.segments.forget_before(on.segment.end);
  };
  try {
    parts_.turns.between_batches(publish);
  } catch (const std::system_error&) {
    give_back();
    throw;
  }
  if (freed) {
    on.at = work::stage::done;
    to_remove_.push_back({on.segment.sequence});
    segments_freed_.fetch_add(1, std::memory_order_relaxed);
  } else {
    give_back();
  }
  if (error != 0) fail(error, "the start keys of " + parts_.segments.path(on.segment.sequence) + " cannot be kept");
}

// Returns whether there is more to remove.
bool trimmer::remove_files() {
  while (!to_remove_.empty()) {
    auto& [sequence, bytes] = to_remove_.back();
    const auto path = parts_.segments.path(sequence);
    int error = 0;
    if (bytes > removed_at_once_bytes) {
      std::unique_ptr<file> cut;
      error = parts_.files.open(path, false, cut);
      if (error == 0 && bytes == UINT64_MAX) error = cut->size(bytes);
      if (error == 0 && bytes > removed_at_once_bytes) {
        bytes -= removed_at_once_bytes;
        error = cut->resize(bytes);
        if (error == 0) return true;
      }
    }
    if (error == 0) error = parts_.files.remove(path);
    if (error != 0) fail(error, path + " cannot be removed");
    to_remove_.pop_back();
    parts_.preparer.take_back();
  }
  return false;
}

}  // namespace sagad::journal::log
