#pragma once

#include <cstdint>
#include <optional>

#include "base/moment.hpp"
#include "base/saga_id.hpp"
#include "base/step_set.hpp"

namespace sagad::compensations {

/// Shorter waits are lengthened to these: each try is a record, and a try that costs no time is a storm of them.
inline constexpr millis delay_least_ms = 1;
inline constexpr millis delay_max_least_ms = 10;
inline constexpr millis stuck_retry_least_ms = 1000;

/// How often and how long one operation is tried before its budget is spent, and how long it waits between two tries.
/// An *attempt* is a request of which a byte was written; a *try* counts what was never sent, too.
struct retry_policy {
  std::uint32_t attempts_max = 0;        ///< 0: unbounded
  millis elapsed_ms = 0;                 ///< since the operation was released, or its budget renewed; 0: unbounded
  millis delay_ms = 50;                  ///< upper bound of the first wait
  std::uint32_t factor_permille = 2000;  ///< of the upper bound, from one wait to the next; below 1000 counts as 1000
  millis delay_max_ms = 30'000;          ///< upper bound of every wait, and of what a Retry-After may ask
  millis stuck_retry_ms = 60'000;        ///< how often a blocked operation is asked again; 0: only by command

  friend bool operator==(const retry_policy&, const retry_policy&) noexcept = default;
};

/// 5 attempts within 20 s, waits up to 50 ms, doubling to at most 2 s: a saga that can still turn back does so soon.
retry_policy defaults_of_compensatable_action() noexcept;

/// Attempts without bound for 10 min, waits up to 50 ms, doubling to at most 30 s, then asked again every minute:
/// pivots, retriable actions and compensations have no other way than through.
retry_policy defaults_of_must_succeed() noexcept;

/// 64 evenly spread bits for one wait, the same whenever and wherever they are computed, so that jitter needs no random
/// number and a restart makes no storm. `operation` is 1 for the action and 2 for the compensation.
/// The id's halves and the rest go one after another through the finalizer of SplitMix64 (G. Steele, D. Lea, C. Flood,
/// "Fast splittable pseudorandom number generators", 2014). Nothing stored depends on it: it may change.
std::uint64_t jitter_dice(const saga_id& saga, step_no step, std::uint8_t operation, std::uint32_t try_no) noexcept;

/// How long to wait before try number `next_try`; the first try is 1 and waits for nothing, a bounded Retry-After
/// apart. Exponential backoff with full jitter (M. Brooker, "Exponential backoff and jitter", 2015): anything from 0 to
/// min(delay_max, delay * factor^(next_try - 2)), by `dice`; that bound is 10 ms at least after a few tries, whatever
/// the factor. A Retry-After (0: none) comes first and the jitter on top of it, together never more than delay_max.
/// Total: any number of tries, any policy, never negative.
millis delay_before(const retry_policy& policy, std::uint32_t next_try, std::uint64_t dice,
                    millis retry_after_ms) noexcept;

/// How long a blocked operation waits before it is asked again: stuck_retry, a quarter more or less. Empty: only by
/// command.
std::optional<millis> delay_when_blocked(const retry_policy& policy, std::uint64_t dice) noexcept;

/// What has become of a budget before the try that is judged.
struct spending {
  std::uint32_t attempts = 0;
  std::uint32_t tries = 0;  ///< those attempts, and what was busy or never sent
  millis since_ms = 0;      ///< when the budget began
};

/// When time alone spends the budget: a try that ends then or later is the last. `never`: time has no bound.
millis time_ends_at(const retry_policy& policy, millis since_ms) noexcept;

/// How many more tries may fail, the one under way among them, before their number alone spends the budget. Empty: it
/// has no bound. Where time has one these are attempts, else tries of every kind (as `exhausted` counts).
std::optional<std::uint32_t> tries_left(const retry_policy& policy, const spending& before) noexcept;

/// Whether the budget is spent, asked when a try has ended and never before one, so that every operation has at least
/// one. `spends_attempt` says whether this try was an attempt itself: busy and not sent spend time only. Where time has
/// no bound and attempts have one, every try counts: else what is never reached would be tried for ever.
bool exhausted(const retry_policy& policy, const spending& before, millis now_ms, bool spends_attempt) noexcept;

/// How long a try may be held back (by an open circuit, by a full pool) before it ends as not sent: as long as the time
/// that the budget has. Where only the number of tries has a bound, ten minutes each; `never` where nothing has one.
millis hold_bound(const retry_policy& policy) noexcept;

}  // namespace sagad::compensations
