#include "api/participants.hpp"

#include "json/json.hpp"
#include "records/as_json.hpp"

namespace sagad::api {
namespace {

std::string_view name(dispatch::circuit_state state) noexcept {
  switch (state) {
    case dispatch::circuit_state::closed: return "closed";
    case dispatch::circuit_state::open: return "open";
    case dispatch::circuit_state::half_open: return "half-open";
  }
  return "?";
}

void number(std::string& out, std::string_view member, std::uint64_t value) {
  out += ",\"";
  out += member;
  out += "\":" + std::to_string(value);
}

void endpoint(std::string& out, const dispatch::participant_view::endpoint& at) {
  out += "{\"url\":";
  json::append_string(out, at.url);
  number(out, "in_flight", at.in_flight);
  number(out, "connections", at.connections);
  out += ",\"reachable\":";
  out += at.reachable() ? "true}" : "false}";
}

// The bound below which `percent` of the answers came; those slower than every bound have none.
void quantile(std::string& out, std::string_view member, const dispatch::latency& took, std::uint64_t percent) {
  std::uint64_t seen = 0;
  for (std::size_t at = 0; at < dispatch::latency::bounds_ms.size(); ++at) {
    seen += took.counts()[at];
    if (seen * 100 < took.count() * percent) continue;
    return number(out, member, static_cast<std::uint64_t>(dispatch::latency::bounds_ms[at]));
  }
}

void latency(std::string& out, const dispatch::latency& took) {
  if (took.count() == 0) return;
  out += R"(,"latency":{"count":)" + std::to_string(took.count());
  number(out, "recent_ms", static_cast<std::uint64_t>(took.recent_ms() + 0.5));
  quantile(out, "p50_ms_at_most", took, 50);
  quantile(out, "p99_ms_at_most", took, 99);
  out += '}';
}

void participant(std::string& out, const dispatch::participant_view& view) {
  out += "{\"name\":";
  json::append_string(out, view.name);
  out += ",\"circuit\":\"" + std::string(name(view.circuit)) + "\"";
  if (view.circuit_since != 0) out += ",\"circuit_since\":\"" + records::timestamp(view.circuit_since) + "\"";
  number(out, "in_flight", view.in_flight);
  number(out, "limit", view.limit);
  number(out, "waiting_compensations", view.waiting[static_cast<std::size_t>(dispatch::lane::compensation)]);
  number(out, "waiting_must_succeed", view.waiting[static_cast<std::size_t>(dispatch::lane::must_succeed)]);
  number(out, "waiting_actions", view.waiting[static_cast<std::size_t>(dispatch::lane::action)]);
  if (view.waiting_since != never) out += ",\"waiting_since\":\"" + records::timestamp(view.waiting_since) + "\"";
  number(out, "answered", view.answered);
  number(out, "not_sent", view.not_sent);
  number(out, "unknown", view.unknown);
  latency(out, view.took);
  out += ",\"endpoints\":[";
  for (const auto& one : view.endpoints) {
    if (out.back() != '[') out += ',';
    endpoint(out, one);
  }
  out += "]}";
}

}  // namespace

std::string participants_json(const dispatch::participant_views& views) {
  std::string out = "{\"participants\":[";
  for (const auto& one : views.all) {
    if (out.back() != '[') out += ',';
    participant(out, one);
  }
  return out + "]}";
}

}  // namespace sagad::api
