#pragma once

#include <memory>
#include <string>

#include "sagactl/transport.hpp"

namespace sagad::sagactl {

/// Over cpprestsdk's http_client: the only unit that knows it. `server` is http://HOST:PORT or https://HOST[:PORT];
/// `token` is sent as a bearer token unless it is empty. Throws std::invalid_argument for a server that is no such URL.
std::unique_ptr<transport> make_cpprest_transport(const std::string& server, const std::string& token);

}  // namespace sagad::sagactl
