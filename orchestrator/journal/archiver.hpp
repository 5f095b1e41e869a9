#pragma once

#include <cstdint>
#include <vector>

#include "journal/journal.hpp"

namespace sagad::journal {

/// Gets the sagas that are about to be gone, a piece of the journal at a time. What it threw for is not freed: it is
/// tried again from the piece's begin. One thread. Functions throw std::system_error when a call of the system failed,
/// or another std::exception.
class archiver {
 public:
  virtual ~archiver() = default;

  /// A piece begins, whose newest record has that time. Numbers rise; one that came before replaces what came then.
  virtual void begin(std::uint64_t number, millis newest) = 0;
  /// A saga's records, oldest first.
  virtual void add(const std::vector<stored_record>& records) = 0;
  /// Afterwards all of the piece is there for good: it may be freed.
  virtual void finish() = 0;
};

}  // namespace sagad::journal
