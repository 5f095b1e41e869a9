#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "journal/log/lost_range.hpp"
#include "journal/log/segments.hpp"

namespace sagad::journal::log {

/// Reads records back. Every record's checksum is verified; throws `damaged`. Thread-safe.
class reader {
 public:
  reader(segments& segments, std::uint64_t log, std::vector<lost_range> lost);

  /// The record there, as it was written; it views `buffer`.
  record_view record_at(offset at, std::string& buffer) const;

  /// The saga's records back from its newest one, oldest first.
  std::vector<stored_record> saga_from(const saga_id& saga, offset newest) const;

  /// Records from `from` on and before `end`, at most `count`; returns where to go on.
  offset scan(offset from, offset end, std::size_t count, const std::function<void(const stored_record&)>& visit) const;

 private:
  class window;

  segments& segments_;
  std::uint64_t log_;
  std::vector<lost_range> lost_;
};

}  // namespace sagad::journal::log
