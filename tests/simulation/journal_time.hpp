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
  /// A journal that several nodes share has a time of its own, which each knows as well as it was told in time; the
  /// machine's clock may be minutes off.
  void follow_the_journal(millis known_off_ms, millis wall_off_ms) {
    ahead_ms_ = known_off_ms;
    wall_off_ms_ = wall_off_ms;
  }
  millis now() const override { return world_.now() + ahead_ms_; }
  millis wall() const override { return world_.wall() + wall_off_ms_; }

 private:
  const world& world_;
  millis ahead_ms_ = 0;
  millis wall_off_ms_ = 0;
};

}  // namespace sagad::simulation
