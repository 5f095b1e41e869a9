#pragma once

#include <cstdint>

#include "journal/log/flat_table.hpp"
#include "journal/log/frame.hpp"

namespace sagad::journal::log {

/// A start key's hash and where the start's record lies; the key itself and its digests are read there.
struct key_entry {
  std::uint64_t key = 0;
  offset at = no_record;

  static std::uint64_t hash(std::uint64_t key) noexcept { return key; }
  bool empty() const noexcept { return at == no_record; }
};

/// A finished saga and where its newest record lies.
struct finished_entry {
  saga_id key;
  offset newest = no_record;

  static std::uint64_t hash(const saga_id& saga) noexcept { return saga_id_hash{}(saga); }
  bool empty() const noexcept { return newest == no_record; }
};

/// What the log holds up to `upto` and the index does not.
struct index_entries {
  flat_table<key_entry> keys;
  flat_table<finished_entry> finished;
  offset upto{};

  std::size_t size() const noexcept { return keys.size() + finished.size(); }
};

}  // namespace sagad::journal::log
