#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

namespace sagad::tests {

/// A server that has hung: it is connected to, and never says anything.
class silent_server {
 public:
  silent_server() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(socket_, raw, size) != 0 || ::listen(socket_, 8) != 0 || ::getsockname(socket_, raw, &size) != 0) {
      throw std::runtime_error("no silent server");
    }
    port_ = std::to_string(ntohs(address.sin_port));
  }
  ~silent_server() { ::close(socket_); }
  silent_server(const silent_server&) = delete;
  silent_server& operator=(const silent_server&) = delete;

  const std::string& port() const { return port_; }
  /// Waits until somebody has connected; the caller's to close.
  int accept() const { return ::accept(socket_, nullptr, nullptr); }

 private:
  int socket_;
  std::string port_;
};

}  // namespace sagad::tests
