#include "sagactl/cpprest_transport.hpp"

#define _TURN_OFF_PLATFORM_STRING
#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include <stdexcept>

namespace sagad::sagactl {
namespace {

// Thrown where the library tells how much of an answer has come: it ends the connection then.
struct too_large : std::exception {};

web::uri read_server(const std::string& text) {
  const auto fail = [&text] {
    throw std::invalid_argument("'" + text + "' is no server: write it like http://127.0.0.1:7070");
  };
  if (!web::uri::validate(text)) fail();
  web::uri server(text);
  const bool http = server.scheme() == "http" || server.scheme() == "https";
  if (!http || server.host().empty() || (server.path() != "/" && !server.path().empty())) fail();
  return server;
}

// The library looks an address in brackets up as a name.
web::uri as_resolved(const web::uri& server) {
  const auto& host = server.host();
  if (host.front() != '[' || host.back() != ']') return server;
  return web::uri_builder(server).set_host(host.substr(1, host.size() - 2)).to_uri();
}

std::string host_of(const web::uri& server) {
  return server.host() + (server.port() > 0 ? ":" + std::to_string(server.port()) : "");
}

class cpprest_transport final : public transport {
 public:
  cpprest_transport(const std::string& server, std::string token)
      : server_(read_server(server)), resolved_(as_resolved(server_)), token_(std::move(token)) {}

  http_answer send(const http_request& what) override {
    try {
      // The timeout belongs to a client, not to a request: one client each, which pools no connection to re-send on.
      web::http::client::http_client_config how;
      how.set_timeout(what.patience);
      // sagad redirects nobody: who does is somebody else, and must not be handed on the token.
      how.set_max_redirects(0);
      web::http::client::http_client client(resolved_, how);
      const auto answer = client.request(written(what)).get();
      return read(answer, what.bytes_max);
    } catch (const std::exception& error) {
      return {0, error.what()};
    }
  }

 private:
  web::http::http_request written(const http_request& what) const {
    web::http::http_request message(what.method);
    message.set_request_uri(what.target);
    if (what.method != "GET") message.set_body(what.body, what.content_type);
    for (const auto& [name, value] : what.headers) message.headers().add(name, value);
    if (resolved_ != server_) message.headers().add("Host", host_of(server_));
    if (!token_.empty()) message.headers().add("Authorization", "Bearer " + token_);
    message.headers().add("Accept", "application/json, application/problem+json");
    message.set_progress_handler(
        [most = what.bytes_max](web::http::message_direction::direction way, std::uint64_t bytes) {
          if (way == web::http::message_direction::download && bytes > most) throw too_large();
        });
    return message;
  }

  static http_answer read(const web::http::http_response& answer, std::size_t bytes_max) {
    const auto status = static_cast<int>(answer.status_code());
    const auto link = answer.headers().find("Link");
    const bool more = link != answer.headers().end() && link->second.find("rel=\"next\"") != std::string::npos;
    if (answer.headers().content_length() > bytes_max) return {status, {}, true};
    try {
      const auto bytes = answer.extract_vector().get();
      return {status, {bytes.begin(), bytes.end()}, false, more};
    } catch (const too_large&) {
      return {status, {}, true};
    }
  }

  web::uri server_;
  web::uri resolved_;
  std::string token_;
};

}  // namespace

std::unique_ptr<transport> make_cpprest_transport(const std::string& server, const std::string& token) {
  // The library would otherwise start forty threads for one request.
  static const bool small_pool = [] {
    crossplat::threadpool::initialize_with_threads(2);
    return true;
  }();
  static_cast<void>(small_pool);
  return std::make_unique<cpprest_transport>(server, token);
}

}  // namespace sagad::sagactl
