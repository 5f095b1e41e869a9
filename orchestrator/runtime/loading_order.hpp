#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <vector>

#include "journal/journal.hpp"

namespace sagad::runtime {

/// Live sagas on their way into memory. They come as lists, each in an order of its own, which stays; of the lists that
/// goes on whose first saga is due earliest.
class loading_order {
 public:
  void add(const std::vector<journal::live_saga>& some);
  /// Behind all that are there.
  void add_last(const journal::live_saga& one);
  /// Takes it out; there is one.
  journal::live_saga next();
  void drop(partition_no partition);
  void clear() noexcept;

  bool empty() const noexcept { return lists_.empty(); }
  std::size_t size() const noexcept { return size_; }

 private:
  using list = std::deque<journal::live_saga>;

  std::multimap<millis, list> lists_;  ///< by when their first is due; none is empty
  std::size_t size_ = 0;
};

}  // namespace sagad::runtime
