#pragma once

#include <utility>

#include "base/moment.hpp"
#include "runtime/request.hpp"
#include "runtime/resident.hpp"

namespace sagad::runtime {

/// How long whoever waits at a node for another node's saga goes on looking at its records, and how often. All times
/// are those of one steady clock.
class onlooking {
 public:
  onlooking(millis until, gone_flag client_gone) : until_(until), client_gone_(std::move(client_gone)) {}

  /// Whether he is there yet, and waits.
  bool patient(millis now) const { return now < until_ && !(client_gone_ && *client_gone_); }
  /// Whether he looks again: what he has seen may be another the next time.
  bool goes_on(const answer_result& seen, millis now) const;
  /// How long it is until he does: longer each time, and no longer than he waits.
  millis next_pause(millis now);

 private:
  static constexpr millis pause_min = 20;
  static constexpr millis pause_max = 500;

  millis until_;
  gone_flag client_gone_;
  millis pause_ = pause_min;
};

}  // namespace sagad::runtime
