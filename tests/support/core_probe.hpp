#pragma once

#include <algorithm>

#include "runtime/core.hpp"

namespace sagad::runtime {

/// A test's look into a core.
struct core_probe {
  /// The saga as it is in memory; null when it is not there.
  static const engine::saga* saga_of(const core& of, const saga_id& id) {
    const auto found = of.residents_.find(id);
    return found == of.residents_.end() ? nullptr : &found->second.saga;
  }
  /// Whether memory is kept for what goes on around a saga.
  static bool active(const core& of, const saga_id& id) { return of.residents_.at(id).active.made(); }
  /// Those that are counted as it goes on; the rest `counted` adds.
  static const counters& counters_of(const core& of) { return of.counters_; }
  /// Under which epoch it has a partition; 0: it does not.
  static std::uint64_t epoch_of(const core& of, partition_no partition) {
    return of.owned_[partition] ? of.epochs_[partition] : 0;
  }
  /// Whether records of the partition have not settled yet.
  static bool writes(const core& of, partition_no partition) {
    return std::any_of(of.gate_.begin(), of.gate_.end(),
                       [partition](const auto& entry) { return entry.of->saga.id.partition() == partition; });
  }
  /// Takes the saga's timer away, as a defect would.
  static void forget_timer(core& of, const saga_id& id) { of.timers_.remove(of.residents_.at(id)); }
};

}  // namespace sagad::runtime
