#include "dispatch/balancer.hpp"

#include <algorithm>
#include <tuple>

namespace sagad::dispatch {
namespace {
constexpr millis first_pause_ms = 1'000;
constexpr millis pause_ms_max = 30'000;
}  // namespace

std::optional<std::size_t> balancer::pick(millis now, endpoint_set tried) noexcept {
  std::optional<std::size_t> best;
  auto const rank = [&](std::size_t at) {
    return std::tuple(std::max(all_[at].passed_over_until, now), all_[at].in_flight);
  };
  for (std::size_t i = 0; i < all_.size(); ++i) {
    std::size_t const at = (turn_ + i) % all_.size();
    if ((tried >> at & 1U) != 0) continue;
    if (!best || rank(at) < rank(*best)) best = at;
  }
  if (best) turn_ = *best + 1;
  return best;
}

void balancer::reached(std::size_t at, millis now) noexcept {
  all_[at].reached_at = now;
  all_[at].passed_over_until = 0;
  all_[at].pause_ms = 0;
  all_[at].failures_in_a_row = 0;
}

void balancer::failed(std::size_t at, millis now) noexcept {
  if (++all_[at].failures_in_a_row >= failures_in_a_row_max) refused(at, now);
}

void balancer::refused(std::size_t at, millis now) noexcept {
  auto& one = all_[at];
  one.missed_at = now;
  if (now < one.passed_over_until) return;  // several calls were on their way: one reason
  one.pause_ms = one.pause_ms == 0 ? first_pause_ms : std::min(one.pause_ms * 2, pause_ms_max);
  one.passed_over_until = later(now, one.pause_ms);
}

}  // namespace sagad::dispatch
