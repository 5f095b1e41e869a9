#pragma once

#include <array>
#include <cstdint>

#include "runtime/watchdog.hpp"

namespace sagad::runtime {

/// What a core has counted since it began; gauges are taken when asked. A value.
struct counters {
  std::uint64_t started = 0;
  std::uint64_t repeated_starts = 0;
  std::uint64_t refused_starts = 0;
  std::uint64_t completed = 0;
  std::uint64_t compensated = 0;
  std::uint64_t resolved = 0;
  std::uint64_t turned_back = 0;
  std::uint64_t calls = 0;
  std::uint64_t polls = 0;
  std::array<std::uint64_t, 11> verdicts{};  ///< by engine::verdict
  std::uint64_t late_answers = 0;
  std::uint64_t commands = 0;
  std::uint64_t contradictions = 0;
  std::uint64_t recovered = 0;
  std::array<std::uint64_t, 8> recovered_by_phase{};  ///< by lifecycle::phase
  std::uint64_t quarantined = 0;
  std::uint64_t audited = 0;
  std::uint64_t audit_violations = 0;

  std::uint64_t live = 0;          ///< gauge
  std::uint64_t stuck = 0;         ///< gauge
  std::uint64_t paused = 0;        ///< gauge
  std::uint64_t compensating = 0;  ///< gauge
  std::uint64_t overdue = 0;       ///< gauge: with an operation that takes longer than `alert_after`
  std::uint64_t waiting = 0;       ///< gauge: requests
  std::uint64_t calls_open = 0;    ///< gauge
  std::uint64_t to_recover = 0;    ///< gauge
  std::uint64_t partitions = 0;    ///< gauge: in which sagas can start here

  watchdog held;  ///< by what the reactor was held too long

  counters& operator+=(const counters& other);
};

}  // namespace sagad::runtime
