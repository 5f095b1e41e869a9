#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/moment.hpp"

namespace sagad::dispatch {

/// Which of a participant's endpoints takes the next call: the one with the fewest in flight, in turn among equals. One
/// that could not be reached is passed over for a while (1 s, doubling to 30 s), unless no other is left. Pure.
class balancer {
 public:
  using endpoint_set = std::uint32_t;  ///< a bit for each
  static constexpr std::uint32_t failures_in_a_row_max = 3;

  explicit balancer(std::size_t endpoints) : all_(endpoints) {}

  /// Not one of `tried`; empty when all were.
  std::optional<std::size_t> pick(millis now, endpoint_set tried = 0) noexcept;

  void started(std::size_t at) noexcept { ++all_[at].in_flight; }
  void ended(std::size_t at) noexcept { --all_[at].in_flight; }
  void reached(std::size_t at, millis now) noexcept;
  /// Reached, but it did not answer: so often in a row, and it is passed over as well.
  void failed(std::size_t at, millis now) noexcept;
  void refused(std::size_t at, millis now) noexcept;

  std::uint32_t in_flight(std::size_t at) const noexcept { return all_[at].in_flight; }
  /// 0: never.
  millis reached_at(std::size_t at) const noexcept { return all_[at].reached_at; }
  /// When it last could not be reached, or had not answered again and again; 0: never.
  millis missed_at(std::size_t at) const noexcept { return all_[at].missed_at; }

 private:
  struct endpoint {
    std::uint32_t in_flight = 0;
    millis passed_over_until = 0;
    millis reached_at = 0;
    millis missed_at = 0;
    millis pause_ms = 0;
    std::uint32_t failures_in_a_row = 0;
  };

  std::vector<endpoint> all_;
  std::size_t turn_ = 0;
};

}  // namespace sagad::dispatch
