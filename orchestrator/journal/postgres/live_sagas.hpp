#pragma once

#include <array>
#include <cstddef>
#include <unordered_set>
#include <utility>

#include "base/saga_id.hpp"

namespace sagad::journal::postgres {

/// The sagas that are not over, as the one who appends knows them. They come and go by partition.
class live_sagas {
 public:
  using set = std::unordered_set<saga_id, saga_id_hash>;

  bool contains(const saga_id& saga) const { return of(saga).contains(saga); }
  /// Whether it was not there.
  bool insert(const saga_id& saga) { return of(saga).insert(saga).second; }
  /// Whether it was there.
  bool erase(const saga_id& saga) { return of(saga).erase(saga) != 0; }

  /// All that the partition has.
  void replace(partition_no partition, set&& by) { by_partition_.at(partition) = std::move(by); }
  std::size_t count(partition_no partition) const { return by_partition_.at(partition).size(); }

 private:
  set& of(const saga_id& saga) { return by_partition_.at(saga.partition()); }
  const set& of(const saga_id& saga) const { return by_partition_.at(saga.partition()); }

  std::array<set, partitions> by_partition_;
};

}  // namespace sagad::journal::postgres
