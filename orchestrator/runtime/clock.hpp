#pragma once

#include "base/moment.hpp"

namespace sagad::runtime {

/// Journal time. Thread-safe.
class clock {
 public:
  virtual ~clock() = default;
  virtual millis now() const = 0;
};

/// The wall clock at construction, never before the newest record's time; from then on only CLOCK_BOOTTIME advances it,
/// so that a jump of the wall clock moves no deadline.
class journal_clock final : public clock {
 public:
  explicit journal_clock(millis last_record);
  millis now() const override;
  /// How far the wall clock has drifted from journal time; past a second somebody should look.
  millis wall_drift() const;

 private:
  millis offset_;  // journal time minus boot time
  millis wall_at_start_ahead_;
};

}  // namespace sagad::runtime
