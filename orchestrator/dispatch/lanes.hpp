#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <optional>

#include "dispatch/caller.hpp"

namespace sagad::dispatch {

/// A participant's slots, shared by three queues: compensations go first, then what must succeed, then actions; none
/// may take more than max(1, 3/4 of the limit), so that none starves the others. Knows calls by their tag. Pure.
class lanes {
 public:
  static constexpr std::size_t count = 3;
  using place = std::list<std::uint64_t>::iterator;

  /// Whether a call that comes now may start past the queues: none of its own lane waits, nor any before it that could.
  bool may_start(lane in, std::uint32_t limit) const noexcept;
  place wait(lane in, std::uint64_t tag);
  void leave(lane in, place from) { waiting_[index(in)].erase(from); }

  /// The lane whose first waiting call is next, if any may start within the limit.
  std::optional<lane> next(std::uint32_t limit) const noexcept;
  std::uint64_t first(lane in) const { return waiting_[index(in)].front(); }

  void started(lane in) noexcept { ++in_flight_[index(in)]; }
  void ended(lane in) noexcept { --in_flight_[index(in)]; }

  std::uint32_t in_flight() const noexcept { return in_flight_[0] + in_flight_[1] + in_flight_[2]; }
  std::uint32_t in_flight(lane in) const noexcept { return in_flight_[index(in)]; }
  std::size_t waiting(lane in) const noexcept { return waiting_[index(in)].size(); }
  bool nobody_waits() const noexcept { return waiting_[0].empty() && waiting_[1].empty() && waiting_[2].empty(); }

 private:
  static std::size_t index(lane in) noexcept { return static_cast<std::size_t>(in); }
  bool has_room(std::size_t in, std::uint32_t limit) const noexcept;

  std::array<std::list<std::uint64_t>, count> waiting_;
  std::array<std::uint32_t, count> in_flight_{};
};

}  // namespace sagad::dispatch
