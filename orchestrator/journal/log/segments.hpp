#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "journal/journal.hpp"
#include "journal/log/files.hpp"
#include "journal/log/frame.hpp"

namespace sagad::journal::log {

/// `segment-0000000042.log`
std::string segment_name(std::uint64_t sequence);
/// The number in such a name.
std::optional<std::uint64_t> segment_sequence(const std::string& name);

/// A segment that has frames in it.
struct segment_info {
  std::uint64_t sequence = 0;
  offset base{};  ///< of its first byte
};

/// Where each offset lies, and open files for reading there. Thread-safe.
class segments {
 public:
  segments(std::shared_ptr<files> files, std::string directory);

  /// In rising order of both.
  void add(segment_info segment);

  /// The oldest one, when another follows it.
  struct closed_segment {
    std::uint64_t sequence = 0;
    offset base{};
    offset end{};
  };
  std::optional<closed_segment> oldest_closed() const;

  /// Forgets the segments before the one with this base; they are not read any more.
  void forget_before(offset base);

  struct place {
    std::shared_ptr<log::file> source;
    std::uint64_t sequence = 0;
    std::uint64_t at = 0;     ///< in it
    std::uint64_t bytes = 0;  ///< up to the next segment's first offset; UINT64_MAX in the last one
  };

  /// Where an offset lies; throws `damaged` when its segment cannot be opened.
  place locate(offset at);

  /// Reads up to `size` bytes from there on, none past its segment; throws `damaged` on an error.
  std::size_t read(offset at, char* into, std::size_t size);

  std::string path(std::uint64_t sequence) const { return directory_ + "/" + segment_name(sequence); }

 private:
  static constexpr std::size_t open_files_max = 64;

  bool close_oldest();

  std::shared_ptr<files> files_;
  std::string directory_;
  mutable std::mutex mutex_;
  std::map<offset, std::uint64_t> by_base_;
  std::map<std::uint64_t, std::shared_ptr<file>> open_;
  std::list<std::uint64_t> opened_order_;
};

}  // namespace sagad::journal::log
