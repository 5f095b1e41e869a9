#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "journal/log/carried.hpp"
#include "journal/log/lost_range.hpp"
#include "journal/log/segments.hpp"

namespace sagad::journal::log {

/// Reads records back. The checksum of every frame is verified, and of every record that is read by itself; throws
/// `damaged`. Thread-safe.
class reader {
 public:
  reader(segments& segments, std::uint64_t log, std::vector<lost_range> lost);

  /// The record there, as it was written; it views `buffer`.
  record_view record_at(offset at, std::string& buffer) const;

  /// The saga's records back from its newest one, oldest first.
  std::vector<stored_record> saga_from(const saga_id& saga, offset newest) const;

  /// The same as they lie in the log, byte for byte.
  struct raw_record {
    offset at = no_record;
    offset previous = no_record;
    std::string bytes;
  };
  std::vector<raw_record> raw_saga_from(const saga_id& saga, offset newest) const;
  /// Where the oldest of them lies.
  offset first_of(const saga_id& saga, offset newest) const;
  /// Whether a record has none before it that can be read.
  bool is_first(const record_view& record) const noexcept {
    return record.previous == no_record || find_lost(lost_, record.previous) != nullptr;
  }

  /// Every whole frame from `from`, which is one's begin, to before `end`, until `visit` says that it is enough, with
  /// false. Returns where the next begins.
  using frame_visitor = std::function<bool(const frame_header& header, std::string_view body)>;
  offset frames(offset from, offset end, const frame_visitor& visit) const;

  /// Records from `from` on and before `end`, at most `count`; returns where to go on. A frame that is left in its
  /// midst is kept for who goes on there.
  offset scan(offset from, offset end, std::size_t count, const std::function<void(const stored_record&)>& visit) const;

 private:
  class window;
  /// A frame as it was read and unpacked.
  struct read_frame {
    frame_header header;
    std::string body;
    std::vector<std::string_view> records;  ///< the whole ones in it, from the first on
  };
  frame_header check_header(std::string_view bytes, offset at) const;
  std::string_view check_frame(const frame_header& header, std::string_view whole, std::string& buffer) const;
  std::shared_ptr<const read_frame> frame_at(offset at) const;
  std::shared_ptr<const read_frame> kept_at(offset at) const;
  void keep(std::shared_ptr<const read_frame> fresh) const;
  void back_from(const saga_id& saga, offset newest,
                 const std::function<void(const record_view& record, offset at)>& visit) const;

  segments& segments_;
  std::uint64_t log_;
  std::vector<lost_range> lost_;
  mutable std::mutex kept_mutex_;
  mutable std::deque<std::shared_ptr<const read_frame>> kept_;  ///< those that were read last
};

}  // namespace sagad::journal::log
