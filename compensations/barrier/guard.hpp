#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "compensations/barrier/answer.hpp"
#include "compensations/barrier/business_result.hpp"
#include "compensations/barrier/call.hpp"
#include "compensations/barrier/connection.hpp"
#include "compensations/barrier/row_store.hpp"
#include "compensations/barrier/savepoint.hpp"

namespace sagad::barrier {

/// The barrier: decides for each call whether the business runs, and keeps what it answered. Serves one connection's
/// thread. The idea of the row is that of DTM's sub-transaction barrier; the table in README.md says what is ours.
class guard {
 public:
  struct limits {
    std::size_t barrier_body_bytes_max = 64 * 1024;
    int retry_after_seconds = 1;
  };
  using clock = std::function<std::int64_t()>;

  /// `now_ms`: milliseconds since 1970. Creates the tables where they are missing.
  guard(connection& db, limits bounds, clock now_ms);

  /// A call in a transaction of its own. The answer may be sent at once. 425 where the turn or the row was not to
  /// be had in the connection's wait_max. Rethrows what the business or the database throws, after everything was taken
  /// back.
  answer perform(const call& of, const business& run);

  /// The same inside the caller's open transaction, which is to be durable before the answer is sent. What is thrown
  /// has taken back this call's part alone; transaction_lost took back the caller's whole transaction.
  answer enter(const call& of, const business& run);

  /// The commit of work that was answered `accepted`, in the caller's transaction. Empty: no longer awaited (undone, or
  /// another generation), nothing was run. The answer of decision::accepted means: not finished yet, still awaited.
  std::optional<answer> finish(const call& of, const business& run);
  /// The accepted work has failed for good: its row goes, so that the action may be run again. False: not awaited.
  bool abandon(const call& of);

  /// What is stored for the action, for who asks by polling. Empty: nothing. 410 when it was undone. Any connection.
  static std::optional<answer> look(connection& db, std::string_view saga, std::string_view step);

  /// The answer when a call could not be begun in the bounded wait.
  answer in_progress() const;

 private:
  answer act(const call& of, const business& run, savepoint& whole);
  answer act_again(const call& of, const business& run, const stored_row& row);
  answer undo(const call& of, const business& run, savepoint& whole);
  answer undo_done(const call& of, const business& run);
  answer run_action(const call& of, const business& run);
  answer nothing_to_undo(const call& of);
  business_result run_bounded(const business& run) const;
  bool may_be_forgotten(const call& of);

  connection& db_;
  row_store rows_;
  limits bounds_;
  clock now_ms_;
};

}  // namespace sagad::barrier
