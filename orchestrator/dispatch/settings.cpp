#include "dispatch/settings.hpp"

#include "http/endpoint_address.hpp"

namespace sagad::dispatch {
namespace {

bool are_header_lines(std::string_view text) noexcept {
  while (!text.empty()) {
    auto const end = text.find("\r\n");
    auto const line = text.substr(0, end);
    if (end == std::string_view::npos || line.find(':') == std::string_view::npos || line.starts_with(':'))
      return false;
    for (char const c : line) {
      if (static_cast<unsigned char>(c) < 0x20 && c != '\t') return false;
    }
    text.remove_prefix(end + 2);
  }
  return true;
}

}  // namespace

std::vector<std::string> mistakes_in(const participant_settings& settings) {
  std::vector<std::string> found;
  auto const tell = [&](const std::string& what) { found.push_back("participant " + settings.name + ": " + what); };
  if (settings.name.empty()) tell("it has no name");
  if (settings.endpoints.empty()) tell("it has no endpoint");
  if (settings.endpoints.size() > endpoints_max) tell("more than " + std::to_string(endpoints_max) + " endpoints");
  for (auto const& url : settings.endpoints) {
    auto const parsed = http::parse_endpoint(url);
    if (auto const* const why = std::get_if<std::string>(&parsed)) tell(*why);
  }
  if (settings.path_prefixes.empty()) tell("no path prefix: nothing could be called");
  for (auto const& prefix : settings.path_prefixes) {
    if (!prefix.starts_with('/')) tell("path prefix " + prefix + " does not begin with /");
  }
  if (settings.max_in_flight == 0) tell("max_in_flight is 0: nothing could be called");
  if (settings.response_bytes_max == 0) tell("response_bytes_max is 0");
  if (settings.connect_timeout_ms <= 0) tell("connect_timeout_ms is not positive");
  if (!are_header_lines(settings.credentials)) tell("its credentials are not header lines");  // never shown themselves
  auto const& circuit = settings.circuit;
  if (circuit.failures_in_a_row == 0 || circuit.failure_percent == 0 || circuit.window_ms <= 0 ||
      circuit.open_ms <= 0 || circuit.open_ms_max < circuit.open_ms) {
    tell("its circuit's thresholds and times are to be positive, and open_ms_max not below open_ms");
  }
  return found;
}

}  // namespace sagad::dispatch
