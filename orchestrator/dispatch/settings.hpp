#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/moment.hpp"
#include "dispatch/circuit.hpp"

namespace sagad::dispatch {

/// One participant, as configured.
struct participant_settings {
  std::string name;
  std::vector<std::string> endpoints;              ///< `http://host:port`; at most endpoints_max
  std::vector<std::string> path_prefixes = {"/"};  ///< what sagas may call, whole segments: `/v1` is not `/v10`
  std::uint32_t max_in_flight = 256;               ///< over all reactors
  std::size_t response_bytes_max = 1U << 20U;
  millis connect_timeout_ms = 1'000;
  std::string credentials{};  ///< complete header lines, each ending in CRLF: only ever written to its endpoints
  circuit_settings circuit{};
};

inline constexpr std::size_t endpoints_max = 32;

/// Everything that is wrong with it, each in a sentence; empty: it can be used.
std::vector<std::string> mistakes_in(const participant_settings& settings);

}  // namespace sagad::dispatch
