#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace sagad::http {

/// Where a server is: `http://host:port`, the port 80 when left out. `https` is refused: calls are made in clear text,
/// to be carried by a local proxy where they leave the machine.
struct endpoint_address {
  std::string host;  ///< a name or an address, IPv6 without brackets
  std::uint16_t port = 80;
  std::string authority;  ///< for Host, and for people: `[::1]:8101`

  bool operator==(const endpoint_address&) const = default;
};

/// The address, or in a sentence why it is none.
std::variant<endpoint_address, std::string> parse_endpoint(std::string_view url);

}  // namespace sagad::http
