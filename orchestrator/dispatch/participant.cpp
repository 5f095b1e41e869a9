#include "dispatch/participant.hpp"

namespace sagad::dispatch {

participant::participant(boost::asio::io_context& reactor, const participant_settings& from, const slow_start& pace_of,
                         http::exchange_sink& sink)
    : settings(from), endpoints(from.endpoints.size()), circuit(from.circuit), pace(pace_of) {
  http::client_limits limits;
  limits.body_bytes_max = from.response_bytes_max;
  limits.connect_ms_max = from.connect_timeout_ms;
  limits.idle_connections_max = pace.slots();
  for (auto const& url : from.endpoints) {
    auto address = std::get<http::endpoint_address>(http::parse_endpoint(url));  // mistakes_in has looked
    authorities.push_back(address.authority);
    clients.push_back(std::make_unique<http::client>(reactor, std::move(address), limits, sink));
  }
}

participant_view participant::view(millis now) const {
  participant_view out;
  out.name = settings.name;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    auto const counts = clients[i]->counts();
    out.endpoints.push_back({settings.endpoints[i], endpoints.in_flight(i), endpoints.reached_at(i),
                             endpoints.missed_at(i), counts.open, counts.idle});
  }
  bool const due = circuit.is_due(now);
  out.circuit = due ? circuit_state::half_open : circuit.state();
  out.circuit_since = due ? circuit.probe_at() : circuit.since();
  out.left_alone = circuit.holds(now);
  out.in_flight = lanes.in_flight();
  out.limit = pace.limit();
  out.slots = pace.slots();
  for (std::size_t in = 0; in < lanes::count; ++in) out.waiting[in] = lanes.waiting(static_cast<lane>(in));
  out.answered = answered;
  out.not_sent = not_sent;
  out.unknown = unknown;
  out.strayed = strayed();
  out.took = took;
  return out;
}

std::uint64_t participant::strayed() const {
  std::uint64_t sum = 0;
  for (auto const& one : clients) sum += one->counts().strayed;
  return sum;
}

}  // namespace sagad::dispatch
