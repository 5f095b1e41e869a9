#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dispatch/circuit.hpp"
#include "dispatch/lanes.hpp"
#include "dispatch/latency.hpp"

namespace sagad::dispatch {

/// What is known of a participant, for people and metrics: by one reactor, or by several added up. Times are journal
/// time.
struct participant_view {
  struct endpoint {
    std::string url;
    std::uint32_t in_flight = 0;
    millis reached_at = 0;  ///< of this machine's steady clock; 0: never
    millis missed_at = 0;   ///< when it last could not be reached; 0: never
    std::size_t connections = 0;
    std::size_t idle_connections = 0;

    /// As far as the newest call knows; one that was never called is taken to be.
    bool reachable() const noexcept { return missed_at <= reached_at; }
  };

  std::string name;
  std::vector<endpoint> endpoints;
  circuit_state circuit = circuit_state::closed;  ///< half_open also when the next call will be the probe
  millis circuit_since = 0;                       ///< 0: since the start
  bool left_alone = false;                        ///< its calls are held back until a probe succeeds
  std::uint32_t in_flight = 0;
  std::uint32_t limit = 0;  ///< now; below `slots` during a slow start
  std::uint32_t slots = 0;  ///< the reactor's share of max_in_flight
  std::array<std::size_t, lanes::count> waiting{};
  millis waiting_since = never;  ///< the oldest that waits
  std::uint64_t answered = 0;    ///< ends of calls, ever
  std::uint64_t not_sent = 0;
  std::uint64_t unknown = 0;  ///< cut, timed out, unreadable, too large
  std::uint64_t strayed = 0;  ///< connections closed because they brought bytes that nobody had asked for
  latency took;               ///< of answers, from the first byte written

  /// What another reactor knows of the same one. Of circuits the one that lets least through is shown.
  participant_view& operator+=(const participant_view& other);
};

/// Of every participant, in the order of the configuration.
struct participant_views {
  std::vector<participant_view> all;

  participant_views& operator+=(const participant_views& other);
};

}  // namespace sagad::dispatch
