#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/moment.hpp"

namespace sagad::runtime {

/// What may wait in a timer_heap: derives from this. Not copied while it waits.
struct timed {
  millis wakes_at = never;  ///< set through the heap only
  std::uint32_t slot = 0;   ///< 1-based place in the heap; 0: not in it
};

/// A four-way heap of pointers that know their place: setting, moving and removing a timer are O(log n), and a timer
/// that is moved leaves nothing behind. One thread; does not own what waits in it.
template <typename Item>
class timer_heap {
 public:
  /// `never` removes it.
  void set(Item& item, millis at) {
    if (item.slot != 0 && item.wakes_at == at) return;
    if (at == never) {
      remove(item);
      return;
    }
    item.wakes_at = at;
    if (item.slot == 0) {
      items_.push_back(&item);
      place(items_.size() - 1, &item);
      up(items_.size() - 1);
      return;
    }
    up(item.slot - 1);
    down(item.slot - 1);
  }

  void remove(Item& item) {
    item.wakes_at = never;
    if (item.slot == 0) return;
    const auto at = item.slot - 1;
    item.slot = 0;
    Item* last = items_.back();
    items_.pop_back();
    if (last == &item) return;
    place(at, last);
    up(at);
    down(last->slot - 1);
  }

  bool empty() const noexcept { return items_.empty(); }
  std::size_t size() const noexcept { return items_.size(); }
  millis next() const noexcept { return items_.empty() ? never : items_.front()->wakes_at; }

  /// Takes out what is due the longest; null when nothing is.
  Item* pop_due(millis now) {
    if (next() > now) return nullptr;
    Item* first = items_.front();
    remove(*first);
    return first;
  }

 private:
  static constexpr std::size_t ways = 4;

  void place(std::size_t at, Item* item) noexcept {
    items_[at] = item;
    item->slot = static_cast<std::uint32_t>(at + 1);
  }
  void up(std::size_t at) noexcept {
    Item* item = items_[at];
    while (at > 0) {
      const auto parent = (at - 1) / ways;
      if (items_[parent]->wakes_at <= item->wakes_at) break;
      place(at, items_[parent]);
      at = parent;
    }
    place(at, item);
  }
  void down(std::size_t at) noexcept {
    Item* item = items_[at];
    for (;;) {
      const auto first = at * ways + 1;
      if (first >= items_.size()) break;
      auto least = first;
      for (auto child = first + 1; child < first + ways && child < items_.size(); ++child) {
        if (items_[child]->wakes_at < items_[least]->wakes_at) least = child;
      }
      if (items_[least]->wakes_at >= item->wakes_at) break;
      place(at, items_[least]);
      at = least;
    }
    place(at, item);
  }

  std::vector<Item*> items_;
};

}  // namespace sagad::runtime
