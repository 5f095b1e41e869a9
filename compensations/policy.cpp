#include "compensations/policy.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sagad::compensations {
namespace {

std::uint64_t mix(std::uint64_t value) noexcept {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

std::uint64_t big_endian(const std::uint8_t* bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t at = 0; at < 8; ++at) value = value << 8U | bytes[at];
  return value;
}

// From 0 to `most`, both included. The remainder's bias is below most / 2^64.
millis spread(millis most, std::uint64_t dice) noexcept {
  return most <= 0 ? 0 : static_cast<millis>(dice % (static_cast<std::uint64_t>(most) + 1));
}

millis highest_delay(const retry_policy& policy) noexcept {
  return std::max(policy.delay_max_ms, delay_max_least_ms);
}

// What every policy comes to within a few tries: a wait that stays shorter is a storm of records.
millis floor_before(std::uint32_t next_try) noexcept {
  const auto doublings = std::min<std::uint32_t>(next_try - 2, 10);
  return std::min(delay_least_ms << doublings, delay_max_least_ms);
}

// The upper bound of the wait before a try, without the jitter. In doubles: a power that is too large is infinite
// there, and the bound wins.
millis upper_bound_before(const retry_policy& policy, std::uint32_t next_try) noexcept {
  if (next_try < 2) return 0;
  const millis most = highest_delay(policy);
  const double factor = std::max(policy.factor_permille, std::uint32_t{1000}) / 1000.0;
  const double first = static_cast<double>(std::max(policy.delay_ms, delay_least_ms));
  const double wanted = first * std::pow(factor, static_cast<double>(next_try - 2));
  return wanted < static_cast<double>(most) ? std::max(static_cast<millis>(wanted), floor_before(next_try)) : most;
}

}  // namespace

retry_policy defaults_of_compensatable_action() noexcept {
  return {.attempts_max = 5,
          .elapsed_ms = 20'000,
          .delay_ms = 50,
          .factor_permille = 2000,
          .delay_max_ms = 2'000,
          .stuck_retry_ms = 60'000};
}

retry_policy defaults_of_must_succeed() noexcept {
  return {.attempts_max = 0,
          .elapsed_ms = 600'000,
          .delay_ms = 50,
          .factor_permille = 2000,
          .delay_max_ms = 30'000,
          .stuck_retry_ms = 60'000};
}

std::uint64_t jitter_dice(const saga_id& saga, step_no step, std::uint8_t operation, std::uint32_t try_no) noexcept {
  const std::uint64_t which = std::uint64_t{step} << 40U | std::uint64_t{operation} << 32U | try_no;
  return mix(mix(mix(big_endian(saga.bytes.data())) ^ big_endian(saga.bytes.data() + 8)) ^ which);
}

millis delay_before(const retry_policy& policy, std::uint32_t next_try, std::uint64_t dice,
                    millis retry_after_ms) noexcept {
  const millis most = highest_delay(policy);
  const millis asked = std::clamp<millis>(retry_after_ms, 0, most);
  const millis room = std::min(upper_bound_before(policy, next_try), most - asked);
  return asked + spread(room, dice);
}

std::optional<millis> delay_when_blocked(const retry_policy& policy, std::uint64_t dice) noexcept {
  if (policy.stuck_retry_ms <= 0) return std::nullopt;
  const millis period = std::max(policy.stuck_retry_ms, stuck_retry_least_ms);
  const millis quarter = period / 4;
  return later(period - quarter, spread(2 * quarter, dice));
}

millis time_ends_at(const retry_policy& policy, millis since_ms) noexcept {
  return policy.elapsed_ms > 0 ? later(since_ms, policy.elapsed_ms) : never;
}

std::optional<std::uint32_t> tries_left(const retry_policy& policy, const spending& before) noexcept {
  if (policy.attempts_max == 0) return std::nullopt;
  const auto counted = policy.elapsed_ms > 0 ? before.attempts : before.tries;
  return counted < policy.attempts_max ? policy.attempts_max - counted : 0;
}

bool exhausted(const retry_policy& policy, const spending& before, millis now_ms, bool spends_attempt) noexcept {
  const bool time_ends_it = policy.elapsed_ms > 0;
  if (time_ends_it && time_ends_at(policy, before.since_ms) <= now_ms) return true;
  const auto left = tries_left(policy, before);
  return left && *left <= (spends_attempt || !time_ends_it ? 1U : 0U);
}

millis hold_bound(const retry_policy& policy) noexcept {
  if (policy.elapsed_ms > 0) return policy.elapsed_ms;
  return policy.attempts_max != 0 ? defaults_of_must_succeed().elapsed_ms : never;
}

}  // namespace sagad::compensations
