#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "compensations/barrier/connection.hpp"

namespace sagad::barrier {

/// Forgets what is old, and remembers up to when it forgot: sagas that began before that may have had rows, so a call
/// of one that has none is refused rather than run again. Ids carry the coordinator's time and `at` is the
/// participant's; a row goes only when both are old, so that no difference of clocks opens a gap. Rows whose late
/// answer is awaited stay. Always inside the caller's transaction.
class retention {
 public:
  static constexpr std::chrono::milliseconds barrier_retention_default = std::chrono::hours(24 * 90);
  /// The participant's clock is believed up to this long after the newest saga began, and not beyond: a clock that
  /// jumps a year ahead must neither forget everything nor move the horizon past the sagas that are still to come.
  static constexpr std::chrono::milliseconds clock_trust_max = std::chrono::hours(24);

  explicit retention(connection& db) : db_(db) {}

  /// Sagas that began before this may have been forgotten.
  std::int64_t horizon_ms();
  /// When the newest saga that has a row began. Empty: there is none.
  std::optional<std::int64_t> newest_saga_ms();
  /// Deletes at most `rows_max` rows; answers how many. Call again while it answers rows_max.
  std::int64_t clean(std::int64_t now_ms, std::chrono::milliseconds keep, std::int64_t rows_max);

 private:
  connection& db_;
};

}  // namespace sagad::barrier
