#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/log/files.hpp"
#include "journal/log/frame.hpp"

namespace sagad::journal::log {

/// What is said of a whole frame whose format this version does not know, behind its place.
std::string written_by_newer(std::uint16_t format);

/// A segment file as a listing finds it.
struct found_segment {
  std::uint64_t sequence = 0;
  std::uint64_t bytes = 0;
  std::optional<frame_header> first;  ///< of its first frame, if one seems to be there; not checked any further
  bool blank = false;                 ///< it begins with zeros: prepared, never written
};

/// A place in the log's files.
struct log_place {
  std::size_t segment = 0;  ///< in the list
  std::uint64_t at = 0;     ///< in the file
  log::offset offset{};
};

/// Goes through the frames of a log's files, and tells what a place holds that is no frame. Throws `damaged` when a
/// file cannot be read, or has a frame that a later version wrote.
class log_walk {
 public:
  log_walk(files& files, std::string directory, std::vector<found_segment> segments, std::uint64_t log)
      : files_(files), directory_(std::move(directory)), segments_(std::move(segments)), log_(log) {}

  enum class found {
    frame,    ///< a whole one: `header`, `whole` and `body` are set
    blank,    ///< zeros, a former use's frame, or the end of the file
    invalid,  ///< something else
  };
  found look(const log_place& place);
  const frame_header& header() const noexcept { return header_; }
  std::string_view body() const noexcept { return body_; }
  /// As it lies there, with its header.
  std::string_view whole() const noexcept { return whole_; }
  /// Behind the frame that was just looked at.
  log_place behind(log_place place) const noexcept {
    return {place.segment, place.at + header_.bytes, log::behind(place.offset, header_.bytes)};
  }

  /// The first whole frame after `place`, at which no frame is: in the rest of its segment, or in a later one. Of the
  /// blank ones only the next is looked at.
  std::optional<log_place> next_frame(const log_place& place);
  /// The start of the next segment that seems to have frames, if it goes on exactly where `place` ends.
  std::optional<log_place> rollover(const log_place& place);

  /// Bytes of a file, from `begin` to before `end`.
  struct stretch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  /// Where else than at `place` something before `end` seems to begin a frame of this segment, whole or not.
  std::optional<log_place> later_header(const log_place& place, std::uint64_t end);
  /// The header at a place that holds no whole frame, when what it says of itself fits the place.
  std::optional<frame_header> torn_header(const log_place& place);
  /// As much of it as is ever kept aside.
  std::string content(std::size_t segment, stretch what);
  /// Of `bytes` bytes from `at` on those that are not zero: where the first lies and behind the last.
  std::optional<stretch> dirt(std::size_t segment, std::uint64_t at, std::uint64_t bytes = UINT64_MAX);

  /// The log's number in any whole frame of a segment, whatever log it is of; 0: there is none.
  std::uint64_t any_log(std::size_t segment);

  /// Where an offset lies, if its segment is there.
  std::optional<log_place> place_of(offset at) const;
  /// Behind a segment's last frame, hopping from header to header.
  log_place end_of(std::size_t segment);

  const std::vector<found_segment>& segments() const noexcept { return segments_; }
  std::string path(std::size_t segment) const;
  /// `DIR/segment-0000000001.log at byte 123`
  std::string describe(const log_place& place) const;

 private:
  std::string_view bytes_at(std::size_t segment, std::uint64_t at, std::size_t size);
  void refuse_later(const log_place& place);
  bool continues(std::size_t segment, std::uint64_t at, offset base, bool base_known, log_place& out);

  files& files_;
  std::string directory_;
  std::vector<found_segment> segments_;
  std::uint64_t log_;

  // What was read last.
  std::unique_ptr<file> file_;
  std::size_t file_segment_ = SIZE_MAX;
  std::string window_;
  std::uint64_t window_at_ = 0;
  std::size_t window_size_ = 0;
  frame_header header_;
  std::string_view whole_;
  std::string_view body_;
  std::string unpacked_;
};

}  // namespace sagad::journal::log
