#include "journal/log/log_walk.hpp"

#include <algorithm>
#include <cstring>

#include "base/probe.hpp"
#include "base/record_format.hpp"
#include "journal/journal.hpp"
#include "journal/log/kept_aside.hpp"
#include "journal/log/little_endian.hpp"
#include "journal/log/packing.hpp"
#include "journal/log/segments.hpp"

namespace sagad::journal::log {
namespace {

constexpr std::size_t walk_bytes = 1U << 20U;

bool all_zero(std::string_view bytes) noexcept {
  return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

std::size_t find_magic(std::string_view bytes) noexcept {
  char wanted[sizeof frame_magic];
  put(wanted, frame_magic);
  return bytes.find(std::string_view(wanted, sizeof wanted));
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
    const auto left = segments_[segment].bytes - std::min(at, segments_[segment].bytes);
    window_.resize(std::max<std::size_t>(size, std::min<std::uint64_t>(walk_bytes, left)));
    window_at_ = at;
    window_size_ = 0;
    if (const int error = file_->read(at, window_.data(), window_.size(), window_size_); error != 0) {
      SAGAD_PROBE("a segment cannot be read when the log is opened");
      throw damaged(path(segment) + " at byte " + std::to_string(at) + ": " + error_text(error));
    }
  }
  return std::string_view(window_)
      .substr(0, window_size_)
      .substr(static_cast<std::size_t>(at - window_at_))
      .substr(0, size);
}

std::string written_by_newer(std::uint16_t format) {
  return " was written by a newer version of sagad, format " + std::to_string(format) +
         " is not known (this program reads up to " + std::to_string(newest_record_format()) + "): start that one";
}

// A frame of a later format is no damage, and nothing of it may be touched.
void log_walk::refuse_later(const log_place& place) {
  const auto later = later_frame_of(bytes_at(place.segment, place.at, frame_header_bytes));
  if (!later || later->bytes > segments_[place.segment].bytes - place.at) return;
  const auto bytes = bytes_at(place.segment, place.at, later->bytes);
  if (bytes.size() == later->bytes && frame_is_whole(bytes)) {
    throw damaged(describe(place) + written_by_newer(later->format));
  }
}

log_walk::found log_walk::look(const log_place& place) {
  const auto& segment = segments_[place.segment];
  if (segment.bytes < place.at + frame_header_bytes) return found::blank;
  auto bytes = bytes_at(place.segment, place.at, frame_header_bytes);
  const auto header = frame_header_of(bytes);
  if (!header) refuse_later(place);
  if (!header) return all_zero(bytes) ? found::blank : found::invalid;
  if (header->log == log_ && header->sequence < segment.sequence) return found::blank;
  if (header->log != log_ || header->sequence != segment.sequence || header->offset != place.offset ||
      header->bytes > segment.bytes - place.at) {
    return found::invalid;
  }
  bytes = bytes_at(place.segment, place.at, header->bytes);
  if (bytes.size() != header->bytes || !frame_is_whole(bytes)) return found::invalid;
  const auto body = unpack(*header, bytes.substr(frame_header_bytes), unpacked_);
  if (!body) return found::invalid;
  header_ = *header;
  whole_ = bytes;
  body_ = *body;
  return found::frame;
}

// Is there a whole frame at `at`, whatever it says its offset is if nothing else is known?
bool log_walk::continues(std::size_t segment, std::uint64_t at, offset base, bool base_known, log_place& out) {
  const auto header = frame_header_of(bytes_at(segment, at, frame_header_bytes));
  if (!header || byte_of(header->offset) < at) return false;
  if (base_known && header->offset != log::behind(base, at)) return false;
  out = {segment, at, header->offset};
  return look(out) == found::frame;
}

std::optional<log_place> log_walk::next_frame(const log_place& place) {
  log_place result;
  for (auto segment = place.segment; segment < segments_.size(); ++segment) {
    if (segments_[segment].blank && segment > place.segment + 1) continue;
    const bool same = segment == place.segment;
    const auto base = at_byte(byte_of(place.offset) - place.at);
    auto at = same ? place.at : 0;
    const auto size = segments_[segment].bytes;
    while (at + frame_header_bytes <= size) {
      const auto bytes =
          bytes_at(segment, at, static_cast<std::size_t>(std::min<std::uint64_t>(walk_bytes, size - at)));
      if (bytes.size() < frame_header_bytes) break;
      const auto hit = find_magic(bytes);
      if (hit == std::string_view::npos) {
        at += bytes.size() - (sizeof frame_magic - 1);
        continue;
      }
      at += hit;
      const bool base_known = same && segments_[segment].first.has_value();
      const bool here = same && at == place.at;
      if (at + frame_header_bytes <= size && !here && continues(segment, at, base, base_known, result)) {
        // A segment whose first frame is gone, or wrong, has its base from the one that was found.
        const auto& first = segments_[segment].first;
        if (!first || first->offset != at_byte(byte_of(result.offset) - result.at)) {
          segments_[segment].first = header_;
          segments_[segment].first->offset = at_byte(byte_of(result.offset) - result.at);
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

std::optional<frame_header> log_walk::torn_header(const log_place& place) {
  const auto header = frame_header_of(bytes_at(place.segment, place.at, frame_header_bytes));
  const bool fits = header && header->log == log_ && header->sequence == segments_[place.segment].sequence &&
                    header->offset == place.offset;
  return fits ? header : std::nullopt;
}

std::optional<log_place> log_walk::later_header(const log_place& place, std::uint64_t end) {
  for (auto at = place.at + 1; at + frame_header_bytes <= end;) {
    const auto bytes =
        bytes_at(place.segment, at, static_cast<std::size_t>(std::min<std::uint64_t>(walk_bytes, end - at)));
    if (bytes.size() < frame_header_bytes) break;
    const auto hit = find_magic(bytes);
    if (hit == std::string_view::npos) {
      at += bytes.size() - (sizeof frame_magic - 1);
      continue;
    }
    at += hit;
    const log_place here{place.segment, at, log::behind(place.offset, at - place.at)};
    if (torn_header(here)) return here;
    ++at;
  }
  return std::nullopt;
}

std::string log_walk::content(std::size_t segment, stretch what) {
  const auto size = std::min(what.end - what.begin, kept_aside_bytes_max);
  return std::string(bytes_at(segment, what.begin, static_cast<std::size_t>(size)));
}

std::optional<log_walk::stretch> log_walk::dirt(std::size_t segment, std::uint64_t at, std::uint64_t count) {
  std::optional<stretch> result;
  const auto size = std::min(segments_[segment].bytes, count > UINT64_MAX - at ? UINT64_MAX : at + count);
  while (at < size) {
    const auto bytes = bytes_at(segment, at, static_cast<std::size_t>(std::min<std::uint64_t>(walk_bytes, size - at)));
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

std::uint64_t log_walk::any_log(std::size_t segment) {
  const auto size = segments_[segment].bytes;
  for (std::uint64_t at = 0; at + frame_header_bytes <= size;) {
    const auto bytes = bytes_at(segment, at, static_cast<std::size_t>(std::min<std::uint64_t>(walk_bytes, size - at)));
    if (bytes.size() < frame_header_bytes) break;
    const auto hit = find_magic(bytes);
    at += hit == std::string_view::npos ? bytes.size() - (sizeof frame_magic - 1) : hit;
    if (hit == std::string_view::npos) continue;
    const auto header = frame_header_of(bytes_at(segment, at, frame_header_bytes));
    if (header && header->bytes <= size - at && frame_is_whole(bytes_at(segment, at, header->bytes))) {
      return header->log;
    }
    ++at;
  }
  return 0;
}

std::optional<log_place> log_walk::place_of(offset at) const {
  for (auto index = segments_.size(); index-- > 0;) {
    const auto& segment = segments_[index];
    if (segment.first && segment.first->offset <= at) {
      return log_place{index, bytes_between(segment.first->offset, at), at};
    }
  }
  return std::nullopt;
}

log_place log_walk::end_of(std::size_t segment) {
  log_place place{segment, 0, segments_[segment].first ? segments_[segment].first->offset : offset{}};
  while (look(place) == found::frame) place = behind(place);
  return place;
}

}  // namespace sagad::journal::log
