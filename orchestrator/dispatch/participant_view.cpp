#include "dispatch/participant_view.hpp"

#include <algorithm>

namespace sagad::dispatch {
namespace {

// How little a circuit lets through.
int severity(circuit_state state) noexcept {
  switch (state) {
    case circuit_state::closed: return 0;
    case circuit_state::half_open: return 1;
    case circuit_state::open: return 2;
  }
  return 0;
}

}  // namespace

participant_view& participant_view::operator+=(const participant_view& other) {
  for (std::size_t at = 0; at < std::min(endpoints.size(), other.endpoints.size()); ++at) {
    auto& mine = endpoints[at];
    const auto& theirs = other.endpoints[at];
    mine.in_flight += theirs.in_flight;
    mine.reached_at = std::max(mine.reached_at, theirs.reached_at);
    mine.missed_at = std::max(mine.missed_at, theirs.missed_at);
    mine.connections += theirs.connections;
    mine.idle_connections += theirs.idle_connections;
  }
  if (severity(other.circuit) > severity(circuit)) {
    circuit = other.circuit;
    circuit_since = other.circuit_since;
  }
  left_alone = left_alone || other.left_alone;
  in_flight += other.in_flight;
  limit += other.limit;
  slots += other.slots;
  for (std::size_t in = 0; in < lanes::count; ++in) waiting[in] += other.waiting[in];
  waiting_since = std::min(waiting_since, other.waiting_since);
  answered += other.answered;
  not_sent += other.not_sent;
  unknown += other.unknown;
  strayed += other.strayed;
  took += other.took;
  return *this;
}

participant_views& participant_views::operator+=(const participant_views& other) {
  if (all.empty()) {
    all = other.all;
    return *this;
  }
  for (std::size_t at = 0; at < std::min(all.size(), other.all.size()); ++at) all[at] += other.all[at];
  return *this;
}

}  // namespace sagad::dispatch
