#pragma once

#include <algorithm>

#include "runtime/clock.hpp"
#include "tests/simulation/world.hpp"

namespace sagad::simulation {

/// The coordinator's clock, as runtime::journal_clock has it: in each life the wall clock at its start, but not before
/// the newest record's time; from then on no jump of the wall clock moves it.
class journal_time final : public runtime::clock {
 public:
  explicit journal_time(const world& in) : world_(in) {}

  void begin_life(millis last_record) { ahead_ms_ = std::max(world_.wall(), last_record) - world_.now(); }
  millis now() const override { return world_.now() + ahead_ms_; }
  millis wall() const override { return world_.wall(); }

 private:
  const world& world_;
  millis ahead_ms_ = 0;
};

}  // namespace sagad::simulation
