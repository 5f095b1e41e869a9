#include "http/endpoint_address.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"

namespace sagad::http {
namespace {

bool host_char(char c) noexcept {
  return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
}

bool address_char(char c) noexcept {
  return is_hex_digit(c) || c == ':' || c == '.';
}

}  // namespace

std::variant<endpoint_address, std::string> parse_endpoint(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  auto const wrong = [&](std::string_view why) { return std::string(url) + ": " + std::string(why); };
  if (url.starts_with("https://"))
    return wrong(
        "sagad speaks no TLS: let a proxy on this machine speak it, and name that here (docs/operating.md, TLS)");
  if (!url.starts_with(scheme)) return wrong("an endpoint is written http://host:port");
  std::string_view rest = url.substr(scheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#@") != std::string_view::npos) return wrong("an endpoint has neither path nor user");
  endpoint_address out;
  std::string_view port;
  bool const bracketed = rest.starts_with('[');
  auto const host_end = bracketed ? rest.find(']') : rest.find(':');
  if (bracketed) {
    if (host_end == std::string_view::npos) return wrong("the bracket is not closed");
    out.host = rest.substr(1, host_end - 1);
    port = rest.substr(host_end + 1);
  } else {
    out.host = rest.substr(0, host_end);
    port = host_end == std::string_view::npos ? std::string_view() : rest.substr(host_end);
  }
  if (out.host.empty() || !std::all_of(out.host.begin(), out.host.end(), bracketed ? address_char : host_char)) {
    return wrong("this is not a host");
  }
  if (!port.empty()) {
    auto const* const end = port.data() + port.size();
    auto const read = std::from_chars(port.data() + 1, end, out.port);
    if (port.front() != ':' || read.ec != std::errc() || read.ptr != end || out.port == 0) {
      return wrong("this is not a port");
    }
  }
  out.authority = bracketed ? "[" + out.host + "]" : out.host;
  if (out.port != 80) out.authority += ":" + std::to_string(out.port);
  return out;
}

}  // namespace sagad::http
