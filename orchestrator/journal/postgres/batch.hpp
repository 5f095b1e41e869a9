#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "journal/settlement.hpp"

namespace sagad::journal::postgres {

/// A start's name, with its own text.
struct held_key {
  std::string text;
  digest request_bytes;
  digest request_canonical;

  /// Whether it is the same request that another start of this key was.
  bool is_same_request(const key_holder& holder) const noexcept {
    return holder.request_bytes == request_bytes || holder.request_canonical == request_canonical;
  }
};

/// An entry with its own copy of what it views, and who waits for it.
struct held_entry {
  std::shared_ptr<settlement> owner;
  journal::ticket ticket = 0;
  saga_id saga;
  journal::position position = 0;
  std::uint64_t epoch = 0;
  std::uint32_t seq = 0;
  std::string bytes;
  std::optional<held_key> key;
  millis time = 0;
  millis due = never;
  bool final = false;
};

/// Of a record: how far the next one's place is from its own. So the distance of two places is about the bytes between
/// them.
constexpr std::uint64_t extent(std::uint64_t record_bytes) noexcept {
  constexpr std::uint64_t row_bytes = 128;
  return record_bytes + row_bytes;
}

/// The piece of the journal by time that a record belongs to.
constexpr std::int32_t day_of(millis time) noexcept {
  constexpr millis day = 24 * 60 * 60 * 1000;
  return static_cast<std::int32_t>(time / day);
}

}  // namespace sagad::journal::postgres
