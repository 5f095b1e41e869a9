#include "journal/log/reader.hpp"

#include <algorithm>
#include <utility>

#include "journal/log/packing.hpp"

namespace sagad::journal::log {
namespace {

constexpr std::size_t first_read_bytes = 4096;
constexpr std::size_t window_bytes = 256U << 10U;
// A saga's records lie in other frames than each other, and in the same as those of sagas that ran with it.
constexpr std::size_t frames_kept_max = 16;

[[noreturn]] void complain(segments& where, offset at, const char* what) {
  const auto place = where.locate(frame_of(at));
  throw damaged(where.path(place.sequence) + " at byte " + std::to_string(place.at) + ": " + what);
}

[[noreturn]] void complain_of_record(segments& where, offset at, const char* what) {
  complain(where, at, ("record " + std::to_string(record_number(at)) + " there: " + what).c_str());
}

std::vector<std::string_view> records_of(const frame_header& header, std::string_view body) {
  if (header.kind == frame_kind::carried) body.remove_prefix(std::min(carried_header_bytes, body.size()));
  std::vector<std::string_view> records;
  while (body.size() >= record_header_bytes) {
    const auto size = record_size_of(body);
    if (size == 0 || size > body.size()) break;
    records.push_back(body.substr(0, size));
    body.remove_prefix(size);
  }
  return records;
}

stored_record stored(const record_view& record) {
  return {record.saga, record.position, record.seq, std::string(record.bytes)};
}

}  // namespace

/// What was read of the log last, as one piece.
class reader::window {
 public:
  window(segments& source, offset end) : segments_(source), end_(end) {}

  /// At least `size` bytes from a frame on, fewer only where the segment or the log ends.
  std::string_view from(offset at, std::size_t size) {
    if (at < begin_ || bytes_between(begin_, at) + size > bytes_) {
      const auto wanted = std::min<std::uint64_t>(std::max(size, window_bytes), bytes_between(at, end_));
      buffer_.resize(static_cast<std::size_t>(wanted));
      bytes_ = segments_.read(at, buffer_.data(), buffer_.size());
      begin_ = at;
    }
    return std::string_view(buffer_).substr(0, bytes_).substr(static_cast<std::size_t>(bytes_between(begin_, at)));
  }

 private:
  segments& segments_;
  offset end_;
  std::string buffer_;
  offset begin_{};
  std::size_t bytes_ = 0;
};

reader::reader(segments& segments, std::uint64_t log, std::vector<lost_range> lost)
    : segments_(segments), log_(log), lost_(std::move(lost)) {}

frame_header reader::check_header(std::string_view bytes, offset at) const {
  const auto header = frame_header_of(bytes);
  if (!header || header->log != log_ || header->offset != at) complain(segments_, at, "a frame of another place");
  // Its checksum is not known yet, and nobody makes room for what a flipped bit says.
  if (header->bytes > frame_bytes_max) complain(segments_, at, "a frame longer than any that is written");
  return *header;
}

std::string_view reader::check_frame(const frame_header& header, std::string_view whole, std::string& buffer) const {
  const bool good = whole.size() == header.bytes && frame_is_whole(whole) && is_known(header.kind);
  const auto body = good ? unpack(header, whole.substr(frame_header_bytes), buffer) : std::nullopt;
  if (!body) complain(segments_, header.offset, "no whole frame where one was written");
  return *body;
}

std::shared_ptr<const reader::read_frame> reader::kept_at(offset at) const {
  const std::lock_guard lock(kept_mutex_);
  for (const auto& one : kept_) {
    if (one->header.offset == at) return one;
  }
  return nullptr;
}

void reader::keep(std::shared_ptr<const read_frame> fresh) const {
  if (fresh->body.size() > packed_bytes_max) return;
  const std::lock_guard lock(kept_mutex_);
  if (kept_.size() == frames_kept_max) kept_.pop_front();
  kept_.push_back(std::move(fresh));
}

std::shared_ptr<const reader::read_frame> reader::frame_at(offset at) const {
  if (auto kept = kept_at(at)) return kept;
  std::string bytes(first_read_bytes, '\0');
  auto got = segments_.read(at, bytes.data(), bytes.size());
  auto fresh = std::make_shared<read_frame>();
  fresh->header = check_header(std::string_view(bytes).substr(0, got), at);
  const std::size_t size = fresh->header.bytes;
  bytes.resize(size);
  if (size > got) got += segments_.read(behind(at, got), bytes.data() + got, size - got);
  check_frame(fresh->header, std::string_view(bytes).substr(0, std::min(got, size)), fresh->body);
  if (fresh->header.unpacked == 0) {
    bytes.erase(0, frame_header_bytes);
    fresh->body = std::move(bytes);
  }
  fresh->records = records_of(fresh->header, fresh->body);
  keep(fresh);
  return fresh;
}

record_view reader::record_at(offset at, std::string& buffer) const {
  const auto frame = frame_at(frame_of(at));
  buffer.assign(record_number(at) < frame->records.size() ? frame->records[record_number(at)] : std::string_view());
  const auto record = parse_record(buffer);
  if (!record) complain_of_record(segments_, at, "no whole record where one was written");
  return *record;
}

void reader::back_from(const saga_id& saga, offset newest,
                       const std::function<void(const record_view& record, offset at)>& visit) const {
  std::string buffer;
  std::uint32_t seq_before = 0;
  for (auto at = newest; at != no_record;) {
    if (find_lost(lost_, at) != nullptr) break;
    const auto record = record_at(at, buffer);
    if (record.saga != saga || record.previous >= at) complain_of_record(segments_, at, "a record of another saga");
    // One by one down to the start: a place that leads past some of them, or ends early, is damaged.
    const bool follows = at == newest || record.seq + 1 == seq_before;
    if (!follows || (record.seq == 1) != (record.previous == no_record)) {
      complain_of_record(segments_, at, "the record before this one is another than it says");
    }
    visit(record, at);
    seq_before = record.seq;
    at = record.previous;
  }
}

std::vector<stored_record> reader::saga_from(const saga_id& saga, offset newest) const {
  std::vector<stored_record> records;
  back_from(saga, newest, [&](const record_view& record, offset /*at*/) { records.push_back(stored(record)); });
  std::reverse(records.begin(), records.end());
  return records;
}

std::vector<reader::raw_record> reader::raw_saga_from(const saga_id& saga, offset newest) const {
  std::vector<raw_record> records;
  back_from(saga, newest, [&](const record_view& record, offset at) {
    const auto* begin = record.bytes.data() + record.bytes.size() - record.size;
    records.push_back({at, record.previous, std::string(begin, record.size)});
  });
  std::reverse(records.begin(), records.end());
  return records;
}

offset reader::first_of(const saga_id& saga, offset newest) const {
  auto first = newest;
  back_from(saga, newest, [&](const record_view& /*record*/, offset at) { first = at; });
  return first;
}

offset reader::frames(offset from, offset end, const frame_visitor& visit) const {
  window view(segments_, end);
  std::string unpacked;
  auto at = from;
  for (bool more = true; more && at < end;) {
    if (const auto* lost = find_lost(lost_, at)) {
      at = lost->to;
      continue;
    }
    const auto header = check_header(view.from(at, frame_header_bytes), at);
    more = visit(header, check_frame(header, view.from(at, header.bytes).substr(0, header.bytes), unpacked));
    at = behind(at, header.bytes);
  }
  return at;
}

offset reader::scan(offset from, offset end, std::size_t count,
                    const std::function<void(const stored_record&)>& visit) const {
  window view(segments_, end);
  std::string unpacked;
  std::vector<placed_record> records;
  auto at = from;
  while (count != 0 && at < end) {
    if (const auto* lost = find_lost(lost_, at)) {
      at = lost->to;
      continue;
    }
    const auto place = frame_of(at);
    const auto kept = record_number(at) == 0 ? nullptr : kept_at(place);
    const auto header = kept ? kept->header : check_header(view.from(place, frame_header_bytes), place);
    // What is skipped must be what it says.
    const auto body = kept ? std::string_view(kept->body)
                           : check_frame(header, view.from(place, header.bytes).substr(0, header.bytes), unpacked);
    records.clear();
    if (header.kind == frame_kind::records && !parse_records(header, body, records)) {
      complain(segments_, at, "no whole records where they were written");
    }
    auto next = records.begin() + std::min<std::ptrdiff_t>(record_number(at), std::ssize(records));
    for (; next != records.end() && count != 0; ++next, --count) visit(stored(next->record));
    at = next == records.end() ? behind(place, header.bytes) : next->at;
    if (next != records.end() && !kept) {
      auto fresh = std::make_shared<read_frame>(read_frame{header, std::string(body), {}});
      fresh->records = records_of(header, fresh->body);
      keep(std::move(fresh));
    }
  }
  return at;
}

}  // namespace sagad::journal::log
