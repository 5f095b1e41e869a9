#pragma once

#include "base/moment.hpp"
#include "journal/ownership.hpp"

namespace sagad::runtime {

/// Journal time. Thread-safe.
class clock {
 public:
  virtual ~clock() = default;
  virtual millis now() const = 0;
  /// How far the wall clock is ahead of it since the start. A clock that knows no wall never drifts.
  virtual millis wall_drift() const { return 0; }
  /// The wall clock now.
  virtual millis wall() const { return now(); }
};

/// The wall clock at construction, never before the newest record's time; from then on only CLOCK_BOOTTIME advances it,
/// so that a jump of the wall clock moves no deadline.
class journal_clock final : public clock {
 public:
  explicit journal_clock(millis last_record);
  millis now() const override;
  millis wall_drift() const override;
  millis wall() const override;

 private:
  millis offset_;  // journal time minus boot time
  millis wall_at_start_ahead_;
};

/// The time of a journal that several nodes share: theirs all, whatever their own clocks say.
class shared_clock final : public clock {
 public:
  explicit shared_clock(const journal::shared_store& journal) : journal_(journal) {}
  millis now() const override { return journal_.now(); }

 private:
  const journal::shared_store& journal_;
};

}  // namespace sagad::runtime
