#include "journal/log/checkpoint.hpp"

#include "journal/log/little_endian.hpp"

namespace sagad::journal::log {
namespace {

template <std::integral Number>
void add(std::string& out, Number value) {
  char bytes[sizeof value];
  put(bytes, value);
  out.append(bytes, sizeof bytes);
}
void add(std::string& out, offset at) {
  add(out, as_number(at));
}

/// Takes numbers off the front; `short_of` once there were too few bytes.
class cutter {
 public:
  explicit cutter(std::string_view bytes) : bytes_(bytes) {}

  template <std::integral Number>
  Number take() noexcept {
    if (bytes_.size() < sizeof(Number)) {
      short_of_ = true;
      return {};
    }
    const auto value = get<Number>(bytes_.data());
    bytes_.remove_prefix(sizeof(Number));
    return value;
  }
  offset take_offset() noexcept { return offset{take<std::uint64_t>()}; }
  saga_id take_saga() noexcept {
    saga_id saga;
    if (bytes_.size() < saga.bytes.size()) {
      short_of_ = true;
      return saga;
    }
    std::memcpy(saga.bytes.data(), bytes_.data(), saga.bytes.size());
    bytes_.remove_prefix(saga.bytes.size());
    return saga;
  }
  bool good() const noexcept { return !short_of_ && bytes_.empty(); }
  bool short_of() const noexcept { return short_of_; }

 private:
  std::string_view bytes_;
  bool short_of_ = false;
};

}  // namespace

void append(std::string& frame, const checkpoint_begin& body) {
  add(frame, body.epoch);
  add(frame, body.last_time);
  add(frame, body.oldest_sequence);
  add(frame, static_cast<std::uint32_t>(body.lost.size()));
  add(frame, static_cast<std::uint32_t>(body.last_position.size()));
  for (const auto& range : body.lost) {
    add(frame, range.from);
    add(frame, range.to);
  }
  for (const auto last : body.last_position) add(frame, last);
}

void append(std::string& frame, const checkpoint_piece& body) {
  add(frame, body.begin);
  add(frame, static_cast<std::uint64_t>(body.live.size()));
  for (const auto& entry : body.live) {
    frame.append(reinterpret_cast<const char*>(entry.key.bytes.data()), entry.key.bytes.size());
    add(frame, entry.newest);
    add(frame, entry.due);
  }
}

void append(std::string& frame, const checkpoint_end& body) {
  add(frame, body.begin);
  add(frame, body.live_sagas);
}

void append_opened(std::string& frame, std::uint64_t epoch) {
  add(frame, epoch);
}

std::optional<checkpoint_begin> parse_checkpoint_begin(std::string_view body) {
  cutter from(body);
  checkpoint_begin result;
  result.epoch = from.take<std::uint64_t>();
  result.last_time = from.take<std::int64_t>();
  result.oldest_sequence = from.take<std::uint64_t>();
  const auto lost = from.take<std::uint32_t>();
  const auto positions = from.take<std::uint32_t>();
  for (std::uint32_t at = 0; at < lost && !from.short_of(); ++at) {
    const auto begin = from.take_offset();
    result.lost.push_back({begin, from.take_offset()});
  }
  for (std::uint32_t at = 0; at < positions && !from.short_of(); ++at) {
    result.last_position.push_back(from.take<std::uint64_t>());
  }
  if (!from.good() || result.last_position.size() != partitions) return std::nullopt;
  return result;
}

std::optional<checkpoint_piece> parse_checkpoint_piece(std::string_view body) {
  cutter from(body);
  checkpoint_piece result;
  result.begin = from.take_offset();
  const auto count = from.take<std::uint64_t>();
  result.live.reserve(body.size() / 32);
  for (std::uint64_t at = 0; at < count && !from.short_of(); ++at) {
    live_entry entry;
    entry.key = from.take_saga();
    entry.newest = from.take_offset();
    entry.due = from.take<std::int64_t>();
    result.live.push_back(entry);
  }
  if (!from.good()) return std::nullopt;
  return result;
}

std::optional<checkpoint_end> parse_checkpoint_end(std::string_view body) {
  cutter from(body);
  checkpoint_end result;
  result.begin = from.take_offset();
  result.live_sagas = from.take<std::uint64_t>();
  if (!from.good()) return std::nullopt;
  return result;
}

std::optional<std::uint64_t> parse_opened(std::string_view body) {
  cutter from(body);
  const auto epoch = from.take<std::uint64_t>();
  return from.good() ? std::optional(epoch) : std::nullopt;
}

}  // namespace sagad::journal::log
