#include "dispatch/lanes.hpp"

#include <algorithm>

namespace sagad::dispatch {

bool lanes::has_room(std::size_t in, std::uint32_t limit) const noexcept {
  auto const share = static_cast<std::uint32_t>(std::uint64_t{limit} * 3 / 4);
  return in_flight() < limit && in_flight_[in] < std::max(1U, share);
}

bool lanes::may_start(lane in, std::uint32_t limit) const noexcept {
  if (!has_room(index(in), limit)) return false;
  for (std::size_t before = 0; before <= index(in); ++before) {
    if (!waiting_[before].empty() && (before == index(in) || has_room(before, limit))) return false;
  }
  return true;
}

lanes::place lanes::wait(lane in, std::uint64_t tag) {
  auto& queue = waiting_[index(in)];
  return queue.insert(queue.end(), tag);
}

std::optional<lane> lanes::next(std::uint32_t limit) const noexcept {
  for (std::size_t in = 0; in < count; ++in) {
    if (!waiting_[in].empty() && has_room(in, limit)) return static_cast<lane>(in);
  }
  return std::nullopt;
}

}  // namespace sagad::dispatch
