#include "journal/log/log_walk.hpp"

#include <algorithm>
#include <cstring>

#include "journal/journal.hpp"
#include "journal/log/little_endian.hpp"
#include "journal/log/segments.hpp"

namespace sagad::journal::log {
namespace {

constexpr std::size_t window_bytes = 1U << 20U;

bool all_zero(std::string_view bytes) noexcept {
  return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace

std::string log_walk::path(std::size_t segment) const {
  return directory_ + "/" + segment_name(segments_[segment].sequence);
}

std::string log_walk::describe(const log_place& place) const {
  return path(place.segment) + " at byte " + std::to_string(place.at);
}

// `size` bytes, fewer at the file's end.
std::string_view log_walk::bytes_at(std::size_t segment, std::uint64_t at, std::size_t size) {
  if (segment != file_segment_) {
    file_.reset();
    file_segment_ = SIZE_MAX;
    if (const int error = files_.open(path(segment), false, file_); error != 0) {
      throw damaged(path(segment) + ": " + error_text(error));
    }
    file_segment_ = segment;
    window_size_ = 0;
  }
  if (at < window_at_ || at + size > window_at_ + window_size_) {
    window_.resize(std::max(size, window_bytes));
    window_at_ = at;
    window_size_ = 0;
    if (const int error = file_->read(at, window_.data(), window_.size(), window_size_); error != 0) {
      throw damaged(path(segment) + " at byte " + std::to_string(at) + ": " + error_text(error));
    }
  }
  return std::string_view(window_)
      .substr(0, window_size_)
      .substr(static_cast<std::size_t>(at - window_at_))
      .substr(0, size);
}

log_walk::found log_walk::look(const log_place& place) {
  const auto& segment = segments_[place.segment];
  if (segment.bytes < place.at + frame_header_bytes) return found::blank;
  auto bytes = bytes_at(place.segment, place.at, frame_header_bytes);
  const auto header = frame_header_of(bytes);
  if (!header) return all_zero(bytes) ? found::blank : found::invalid;
  if (header->log == log_ && header->sequence < segment.sequence) return found::blank;
  if (header->log != log_ || header->sequence != segment.sequence || header->offset != place.offset ||
      header->bytes > segment.bytes - place.at) {
    return found::invalid;
  }
  bytes = bytes_at(place.segment, place.at, header->bytes);
  if (bytes.size() != header->bytes || !frame_is_whole(bytes)) return found::invalid;
  header_ = *header;
  body_ = bytes.substr(frame_header_bytes);
  return found::frame;
}

// Is there a whole frame at `at`, whatever it says its offset is if nothing else is known?
bool log_walk::continues(std::size_t segment, std::uint64_t at, offset base, bool base_known, log_place& out) {
  const auto header = frame_header_of(bytes_at(segment, at, frame_header_bytes));
  if (!header || header->offset < at) return false;
  if (base_known && header->offset != base + at) return false;
  out = {segment, at, header->offset};
  return look(out) == found::frame;
}

std::optional<log_place> log_walk::next_frame(const log_place& place) {
  char magic[4];
  put(magic, frame_magic);
  const std::string_view wanted(magic, sizeof magic);
  log_place result;
  for (auto segment = place.segment; segment < segments_.size(); ++segment) {
    if (segments_[segment].blank && segment > place.segment + 1) continue;
    const bool same = segment == place.segment;
    const auto base = place.offset - place.at;
    auto at = same ? place.at : 0;
    const auto size = segments_[segment].bytes;
    while (at + frame_header_bytes <= size) {
      const auto bytes =
          bytes_at(segment, at, static_cast<std::size_t>(std::min<std::uint64_t>(window_bytes, size - at)));
      if (bytes.size() < frame_header_bytes) break;
      const auto hit = bytes.find(wanted);
      if (hit == std::string_view::npos) {
        at += bytes.size() - (wanted.size() - 1);
        continue;
      }
      at += hit;
      const bool base_known = same && segments_[segment].first.has_value();
      const bool here = same && at == place.at;
      if (at + frame_header_bytes <= size && !here && continues(segment, at, base, base_known, result)) {
        // A segment whose first frame is gone has its base from the one that was found.
        if (!segments_[segment].first) {
          segments_[segment].first = header_;
          segments_[segment].first->offset = result.offset - result.at;
        }
        return result;
      }
      ++at;
    }
  }
  return std::nullopt;
}

std::optional<log_place> log_walk::rollover(const log_place& place) {
  for (auto segment = place.segment + 1; segment < segments_.size(); ++segment) {
    if (!segments_[segment].first) continue;
    const log_place next{segment, 0, place.offset};
    if (look(next) == found::frame) return next;
    break;
  }
  return std::nullopt;
}

std::optional<log_walk::stretch> log_walk::dirt(std::size_t segment, std::uint64_t at, std::uint64_t count) {
  std::optional<stretch> result;
  const auto size = std::min(segments_[segment].bytes, count > UINT64_MAX - at ? UINT64_MAX : at + count);
  while (at < size) {
    const auto bytes =
        bytes_at(segment, at, static_cast<std::size_t>(std::min<std::uint64_t>(window_bytes, size - at)));
    if (bytes.empty()) break;
    if (!all_zero(bytes)) {
      const auto first = bytes.find_first_not_of('\0');
      const auto last = bytes.find_last_not_of('\0');
      if (!result) result = stretch{at + first, 0};
      result->end = at + last + 1;
    }
    at += bytes.size();
  }
  return result;
}

std::optional<log_place> log_walk::place_of(offset at) const {
  for (auto index = segments_.size(); index-- > 0;) {
    const auto& segment = segments_[index];
    if (segment.first && segment.first->offset <= at) {
      return log_place{index, at - segment.first->offset, at};
    }
  }
  return std::nullopt;
}

log_place log_walk::end_of(std::size_t segment) {
  log_place place{segment, 0, segments_[segment].first ? segments_[segment].first->offset : 0};
  while (look(place) == found::frame) place = behind(place);
  return place;
}

}  // namespace sagad::journal::log
