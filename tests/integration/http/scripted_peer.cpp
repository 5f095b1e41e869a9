#include "scripted_peer.hpp"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace sagad::test {
namespace {

int bound_socket(std::uint16_t& port) {
  int const socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
    throw std::runtime_error("cannot bind");
  }
  port = ntohs(at.sin_port);
  return socket;
}

}  // namespace

std::string peer_connection::read_request() {
  char piece[65536];
  for (;;) {
    auto const end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      auto const at = buffer_.find("Content-Length: ");
      std::size_t const body = at < end ? std::stoul(buffer_.substr(at + 16)) : 0;
      if (buffer_.size() >= end + 4 + body) {
        std::string request = buffer_.substr(0, end + 4 + body);
        buffer_.erase(0, request.size());
        return request;
      }
    }
    auto const got = ::recv(socket_, piece, sizeof piece, 0);
    if (got <= 0) return {};
    buffer_.append(piece, static_cast<std::size_t>(got));
  }
}

bool peer_connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool peer_connection::answer(std::string_view body, std::string_view more_headers) {
  return send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more_headers) +
              "\r\n" + std::string(body));
}

void peer_connection::await_arrival() {
  int unconfirmed = 1;
  while (::ioctl(socket_, SIOCOUTQ, &unconfirmed) == 0 && unconfirmed > 0) std::this_thread::yield();
}

void peer_connection::reset() {
  linger const at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void peer_connection::await_close() {
  char piece[4096];
  while (::recv(socket_, piece, sizeof piece, 0) > 0) {
  }
}

scripted_peer::scripted_peer(std::function<void(peer_connection&, int)> script) : listening_(bound_socket(port_)) {
  ::listen(listening_, 64);
  thread_ = std::thread([this, script = std::move(script)] {
    for (;;) {
      int const socket = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      current_ = socket;
      peer_connection with(socket);
      script(with, accepted_++);
      current_ = -1;
      ::close(socket);
    }
  });
}

scripted_peer::~scripted_peer() {
  ::shutdown(listening_, SHUT_RDWR);
  if (int const socket = current_; socket >= 0) ::shutdown(socket, SHUT_RDWR);
  thread_.join();
  ::close(listening_);
}

refusing_port::refusing_port() : socket_(bound_socket(port_)) {}
refusing_port::~refusing_port() {
  ::close(socket_);
}

}  // namespace sagad::test
