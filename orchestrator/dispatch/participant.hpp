#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dispatch/balancer.hpp"
#include "dispatch/circuit.hpp"
#include "dispatch/lanes.hpp"
#include "dispatch/participant_view.hpp"
#include "dispatch/settings.hpp"
#include "dispatch/slow_start.hpp"
#include "dispatch/stray_watch.hpp"
#include "http/client.hpp"

namespace sagad::dispatch {

/// A call from begin to its answer. Times are of the process's steady clock.
struct flight {
  enum class stage : std::uint8_t { held, begun };
  using expiry_place = std::multimap<millis, std::uint64_t>::iterator;

  call request;
  stage at = stage::held;
  bool probe = false;
  bool expired = false;  ///< held long enough: ends with the probe that is under way
  std::size_t endpoint = 0;
  balancer::endpoint_set tried = 0;
  millis held_since = 0;  ///< since it was begun here
  lanes::place waits_at{};
  std::optional<expiry_place> expires_at{};
};

/// One participant's state on one reactor; held together by the dispatcher.
struct participant {
  participant(boost::asio::io_context& reactor, const participant_settings& from, const slow_start& pace_of,
              http::exchange_sink& sink);

  participant_view view(millis now) const;
  std::uint64_t strayed() const;  ///< connections closed because they brought bytes that nobody had asked for

  participant_settings settings;
  std::vector<std::string> authorities;  ///< `host:port` of each endpoint
  std::vector<std::unique_ptr<http::client>> clients;
  balancer endpoints;
  dispatch::circuit circuit;
  slow_start pace;
  dispatch::lanes lanes;
  std::multimap<millis, std::uint64_t> expiries;  ///< of held calls: when, whose
  std::deque<std::uint64_t> expired;              ///< held long enough; some may have gone meanwhile
  std::size_t ending = 0;                         ///< of these, from the front: their probe has failed
  stray_watch strays;
  latency took;
  std::uint64_t answered = 0;
  std::uint64_t not_sent = 0;
  std::uint64_t unknown = 0;
  std::string last_failure;  ///< what the newest call heard that counted against the circuit
};

}  // namespace sagad::dispatch
