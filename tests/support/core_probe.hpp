#pragma once

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
  /// Takes the saga's timer away, as a defect would.
  static void forget_timer(core& of, const saga_id& id) { of.timers_.remove(of.residents_.at(id)); }
};

}  // namespace sagad::runtime
