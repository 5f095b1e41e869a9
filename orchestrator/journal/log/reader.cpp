#include "journal/log/reader.hpp"

#include <algorithm>
#include <utility>

namespace sagad::journal::log {
namespace {

constexpr std::size_t first_read_bytes = 1024;
constexpr std::size_t window_bytes = 256U << 10U;

[[noreturn]] void complain(segments& where, offset at, const char* what) {
  const auto place = where.locate(at);
  throw damaged(where.path(place.sequence) + " at byte " + std::to_string(place.at) + ": " + what);
}

stored_record stored(const record_view& record) {
  return {record.saga, record.position, record.seq, std::string(record.bytes)};
}

}  // namespace

/// What was read of the log last, as one piece.
class reader::window {
 public:
  window(segments& source, offset end) : segments_(source), end_(end) {}

  /// At least `size` bytes from `at` on, fewer only where the segment or the log ends.
  std::string_view from(offset at, std::size_t size) {
    if (at < begin_ || at + size > begin_ + bytes_) {
      const auto wanted = std::min<std::uint64_t>(std::max(size, window_bytes), end_ - at);
      buffer_.resize(static_cast<std::size_t>(wanted));
      bytes_ = segments_.read(at, buffer_.data(), buffer_.size());
      begin_ = at;
    }
    return std::string_view(buffer_).substr(0, bytes_).substr(static_cast<std::size_t>(at - begin_));
  }

 private:
  segments& segments_;
  offset end_;
  std::string buffer_;
  offset begin_ = 0;
  std::size_t bytes_ = 0;
};

reader::reader(segments& segments, std::uint64_t log, std::vector<lost_range> lost)
    : segments_(segments), log_(log), lost_(std::move(lost)) {}

record_view reader::record_at(offset at, std::string& buffer) const {
  buffer.resize(first_read_bytes);
  auto got = segments_.read(at, buffer.data(), buffer.size());
  if (got >= record_header_bytes) {
    const auto size = record_size_of(buffer);
    if (size > got) {
      buffer.resize(size);
      got += segments_.read(at + got, buffer.data() + got, size - got);
    }
  }
  const auto record = parse_record(std::string_view(buffer).substr(0, got));
  if (!record) complain(segments_, at, "no whole record where one was written");
  return *record;
}

void reader::back_from(const saga_id& saga, offset newest,
                       const std::function<void(const record_view& record, offset at)>& visit) const {
  std::string buffer;
  std::uint32_t seq_before = 0;
  for (auto at = newest; at != 0;) {
    if (find_lost(lost_, at) != nullptr) break;
    const auto record = record_at(at, buffer);
    if (record.saga != saga || record.previous >= at) complain(segments_, at, "a record of another saga");
    // One by one down to the start: a place that leads past some of them, or ends early, is damaged.
    const bool follows = at == newest || record.seq + 1 == seq_before;
    if (!follows || (record.seq == 1) != (record.previous == 0)) {
      complain(segments_, at, "the record before this one is another than it says");
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

offset reader::frames(offset from, offset until, offset end, const frame_visitor& visit) const {
  window view(segments_, end);
  auto at = from;
  while (at < until) {
    if (const auto* lost = find_lost(lost_, at)) {
      at = lost->to;
      continue;
    }
    const auto header = frame_header_of(view.from(at, frame_header_bytes));
    if (!header || header->log != log_ || header->offset != at) complain(segments_, at, "a frame of another place");
    const auto whole = view.from(at, header->bytes).substr(0, header->bytes);
    if (whole.size() != header->bytes || !frame_is_whole(whole) || !is_known(header->kind)) {
      complain(segments_, at, "no whole frame where one was written");
    }
    visit(*header, whole.substr(frame_header_bytes));
    at += header->bytes;
  }
  return at;
}

offset reader::scan(offset from, offset end, std::size_t count,
                    const std::function<void(const stored_record&)>& visit) const {
  window view(segments_, end);
  auto at = from;
  while (count != 0 && at < end) {
    if (const auto* lost = find_lost(lost_, at)) {
      at = lost->to;
      continue;
    }
    auto bytes = view.from(at, frame_header_bytes);
    if (const auto header = frame_header_of(bytes)) {
      if (header->log != log_ || header->offset != at) complain(segments_, at, "a frame of another place");
      if (header->kind == frame_kind::records) {
        at += frame_header_bytes;
        continue;
      }
      // What is skipped must be what it says.
      const auto whole = view.from(at, header->bytes).substr(0, header->bytes);
      if (whole.size() != header->bytes || !frame_is_whole(whole) || !is_known(header->kind)) {
        complain(segments_, at, "no whole frame where one was written");
      }
      at += header->bytes;
      continue;
    }
    if (bytes.size() >= record_header_bytes || (bytes = view.from(at, record_header_bytes)).size() >= 4) {
      bytes = view.from(at, std::max<std::size_t>(record_size_of(bytes), record_header_bytes));
    }
    const auto record = parse_record(bytes);
    if (!record) complain(segments_, at, "no whole record where one was written");
    visit(stored(*record));
    at += record->size;
    --count;
  }
  return at;
}

}  // namespace sagad::journal::log
