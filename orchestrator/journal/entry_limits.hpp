#pragma once

#include <stdexcept>

#include "journal/journal.hpp"

namespace sagad::journal {

inline constexpr std::size_t key_bytes_max = 128;

/// What every implementation refuses before it takes an entry: sizes that the rooms above have bounded already, so that
/// a breach is a fault of ours and not of a client. Throws std::length_error; nothing was taken.
inline void check_limits(const entry& entry) {
  if (entry.bytes.size() > record_bytes_max) throw std::length_error("journal: a record past record_bytes_max");
  if (entry.saga.partition() >= partitions) throw std::length_error("journal: no such partition");
  if (entry.key == nullptr) return;
  if (entry.key->text.empty() || entry.key->text.size() > key_bytes_max) {
    throw std::length_error("journal: a key that is empty or past key_bytes_max");
  }
}

}  // namespace sagad::journal
