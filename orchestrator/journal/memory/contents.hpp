#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "journal/definition_versions.hpp"
#include "journal/memory/store.hpp"
#include "journal/settlement.hpp"

/// What a journal in memory is made of; for its own two sources.
namespace sagad::journal::memory {

/// An entry with its own copy of what it views.
struct store::held_entry {
  std::shared_ptr<settlement> owner;
  journal::ticket ticket = 0;
  journal::entry entry;  ///< `bytes` and `key` are not set: they are below
  std::string bytes;
  std::string key;
  digest request_bytes;
  digest request_canonical;

  /// `name` must live as long as the result.
  journal::entry view(start_key& name) const {
    auto result = entry;
    result.bytes = bytes;
    name = {key, request_bytes, request_canonical};
    if (!key.empty()) result.key = &name;
    return result;
  }
};

struct store::kept_record {
  stored_record record;
  millis time = 0;
};

struct store::kept_saga {
  std::vector<kept_record> records;
  std::uint64_t newest = 0;  ///< its place in the journal's order
  std::string key;           ///< of its start
  millis due = never;
  bool live = true;

  bool is_over_at(millis now, millis kept) const { return !live && is_over(records.back().time, kept, now); }
};

/// Who took a key last, and when his saga's newest record was once that is gone.
struct store::kept_key {
  key_holder holder;
  millis ended = never;
};

inline std::uint64_t fresh_identity() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

/// What outlives a crash.
struct store::contents {
  std::uint64_t identity = fresh_identity();
  std::uint64_t oldest = 0;
  std::deque<kept_record> records;  ///< from the oldest place on
  std::unordered_map<saga_id, kept_saga, saga_id_hash> sagas;
  std::map<std::string, kept_key, std::less<>> keys;

  std::uint64_t end() const noexcept { return oldest + records.size(); }
  std::vector<position> last_position = std::vector<position>(partitions, 0);
  std::vector<millis> last_time_of = std::vector<millis>(partitions, 0);
  definition_versions definitions;
  std::uint64_t definition_changes = 0;
  std::uint64_t epoch = 0;  ///< of the newest opening that took all partitions
  std::vector<std::uint64_t> epochs = std::vector<std::uint64_t>(partitions, 0);  ///< by partition
  std::deque<held_entry> late;  ///< of clients that are dead, or believe it failed: the database is still at it
  millis last_time = 0;
};

}  // namespace sagad::journal::memory
