#include "runtime/loading_order.hpp"

#include <utility>

namespace sagad::runtime {

void loading_order::add(const std::vector<journal::live_saga>& some) {
  if (some.empty()) return;
  lists_.emplace(some.front().due, list(some.begin(), some.end()));
  size_ += some.size();
}

void loading_order::add_last(const journal::live_saga& one) {
  lists_.emplace(never, list{one});
  ++size_;
}

journal::live_saga loading_order::next() {
  auto first = lists_.extract(lists_.begin());
  const auto one = first.mapped().front();
  first.mapped().pop_front();
  --size_;
  if (!first.mapped().empty()) {
    first.key() = first.mapped().front().due;
    lists_.insert(std::move(first));
  }
  return one;
}

void loading_order::drop(partition_no partition) {
  auto all = std::exchange(lists_, {});
  size_ = 0;
  for (auto& [due, one] : all) {
    std::erase_if(one, [partition](const journal::live_saga& of) { return of.saga.partition() == partition; });
    if (one.empty()) continue;
    size_ += one.size();
    lists_.emplace(one.front().due, std::move(one));
  }
}

void loading_order::clear() noexcept {
  lists_.clear();
  size_ = 0;
}

}  // namespace sagad::runtime
