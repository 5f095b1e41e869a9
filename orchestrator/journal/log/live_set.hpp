#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "journal/log/flat_table.hpp"
#include "journal/log/frame.hpp"

namespace sagad::journal::log {

/// A saga that is not final, and where its newest record lies.
struct live_entry {
  saga_id key;
  offset newest = no_record;
  millis due = never;

  static std::uint64_t hash(const saga_id& saga) noexcept { return saga_id_hash{}(saga); }
  bool empty() const noexcept { return newest == no_record; }
};

/// The live sagas as of the last durable frame. Changed by the committing thread only, read by any.
class live_set {
 public:
  /// The pieces in which a checkpoint takes it.
  static constexpr std::size_t shards = 256;

  std::optional<live_entry> find(const saga_id& saga) const {
    const auto& shard = shard_of(saga);
    const std::lock_guard lock(shard.mutex);
    const auto* found = shard.table.find(saga);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }

  void put(const live_entry& entry) {
    auto& shard = shard_of(entry.key);
    const std::lock_guard lock(shard.mutex);
    const auto before = shard.table.size();
    shard.table.put(entry);
    if (shard.table.size() != before) size_.fetch_add(1, std::memory_order_relaxed);
  }

  void erase(const saga_id& saga) {
    auto& shard = shard_of(saga);
    const std::lock_guard lock(shard.mutex);
    if (shard.table.erase(saga)) size_.fetch_sub(1, std::memory_order_relaxed);
  }

  std::uint64_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

  void append_shard(std::size_t number, std::vector<live_entry>& out) const {
    const auto& shard = shards_[number];
    const std::lock_guard lock(shard.mutex);
    shard.table.for_each([&](const live_entry& entry) { out.push_back(entry); });
  }

 private:
  struct part {
    mutable std::mutex mutex;
    flat_table<live_entry> table;
  };

  const part& shard_of(const saga_id& saga) const noexcept {
    return shards_[(live_entry::hash(saga) * 0xd6e8feb86659fd93ULL) >> 56U];
  }
  part& shard_of(const saga_id& saga) noexcept { return const_cast<part&>(std::as_const(*this).shard_of(saga)); }

  std::array<part, shards> shards_;
  std::atomic<std::uint64_t> size_ = 0;
};

}  // namespace sagad::journal::log
