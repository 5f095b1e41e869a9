#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace sagad::journal::log {

/// A hash table of small entries in one block: linear probing, no tombstones (Knuth, TAOCP 6.4, algorithm R). `Entry`
/// is a value with `key`, `static hash(key)` and `empty()`, true for a default-made one. Several entries may have the
/// same key (`add`). Not thread-safe; insertion moves entries.
template <typename Entry>
class flat_table {
 public:
  using key_type = decltype(Entry::key);

  Entry* find(const key_type& key) noexcept {
    if (size_ == 0) return nullptr;
    for (auto at = home(key);; at = next(at)) {
      if (slots_[at].empty()) return nullptr;
      if (slots_[at].key == key) return &slots_[at];
    }
  }
  const Entry* find(const key_type& key) const noexcept { return const_cast<flat_table*>(this)->find(key); }

  /// Calls `visit(entry)` for each entry of the key.
  template <typename Visit>
  void for_key(const key_type& key, Visit&& visit) const {
    if (size_ == 0) return;
    for (auto at = home(key); !slots_[at].empty(); at = next(at)) {
      if (slots_[at].key == key) visit(slots_[at]);
    }
  }

  /// Replaces the entry of the same key, or adds it.
  void put(const Entry& entry) {
    if (auto* found = find(entry.key)) {
      *found = entry;
    } else {
      add(entry);
    }
  }

  void add(const Entry& entry) {
    if ((size_ + 1) * 4 > slots_.size() * 3) grow();
    place(entry);
    ++size_;
  }

  bool erase(const key_type& key) noexcept {
    auto* found = find(key);
    if (found == nullptr) return false;
    auto hole = static_cast<std::size_t>(found - slots_.data());
    for (auto at = next(hole); !slots_[at].empty(); at = next(at)) {
      const auto wanted = home(slots_[at].key);
      // May it stay where it is? Then its home lies behind the hole, on the way to where it is.
      const bool stays = hole <= at ? (hole < wanted && wanted <= at) : (hole < wanted || wanted <= at);
      if (stays) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = Entry{};
    --size_;
    return true;
  }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& slot : slots_) {
      if (!slot.empty()) visit(slot);
    }
  }

  std::size_t size() const noexcept { return size_; }

  /// Empties it; a small block is kept.
  void clear() {
    if (size_ == 0) return;
    if (slots_.size() > 1024) {
      slots_ = {};
    } else {
      slots_.assign(slots_.size(), Entry{});
    }
    size_ = 0;
  }

 private:
  std::size_t home(const key_type& key) const noexcept {
    // The upper bits of a product, as a share of the slots: ids that differ in few bits still spread.
    __extension__ using wide = unsigned __int128;
    return static_cast<std::size_t>((wide{Entry::hash(key) * 0x9e3779b97f4a7c15ULL} * slots_.size()) >> 64U);
  }
  std::size_t next(std::size_t at) const noexcept { return at + 1 == slots_.size() ? 0 : at + 1; }

  void place(const Entry& entry) noexcept {
    auto at = home(entry.key);
    while (!slots_[at].empty()) at = next(at);
    slots_[at] = entry;
  }

  // 16, 24, 32, 48, 64, ...: a table that has just been doubled is mostly room, and such tables hold every live saga.
  void grow() {
    const auto before = slots_.size();
    const auto more = std::has_single_bit(before) ? before / 2 : before / 3;
    auto old = std::exchange(slots_, std::vector<Entry>(before == 0 ? 16 : before + more));
    for (const auto& entry : old) {
      if (!entry.empty()) place(entry);
    }
  }

  std::vector<Entry> slots_;
  std::size_t size_ = 0;
};

}  // namespace sagad::journal::log
