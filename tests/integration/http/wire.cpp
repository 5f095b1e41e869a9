#include "wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace sagad::test {
namespace {
constexpr int patience_ms = 20'000;
}

wire::wire(std::uint16_t port, const std::function<void()>& with_socket)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (with_socket) with_socket();
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("cannot connect");
}

wire::~wire() {
  if (socket_ >= 0) ::close(socket_);
}

bool wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void wire::shut() {
  ::shutdown(socket_, SHUT_WR);
}

void wire::reset() {
  linger const at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket_);
  socket_ = -1;
}

void wire::shrink_receive_buffer() {
  int const bytes = 4096;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

bool wire::fill() {
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, patience_ms) <= 0) throw std::runtime_error("nothing came; so far: " + buffer_);
  char piece[65536];
  auto const got = ::recv(socket_, piece, sizeof piece, 0);
  if (got <= 0) return false;
  buffer_.append(piece, static_cast<std::size_t>(got));
  return true;
}

std::string wire::read_until(std::string_view end) {
  std::size_t at = 0;
  while ((at = buffer_.find(end)) == std::string::npos) {
    if (!fill()) return std::exchange(buffer_, {});
  }
  std::string found = buffer_.substr(0, at + end.size());
  buffer_.erase(0, found.size());
  return found;
}

std::string wire::read_response(bool head_only) {
  std::string answer = read_until("\r\n\r\n");
  auto const at = answer.find("Content-Length: ");
  if (at == std::string::npos || head_only) return answer;
  std::size_t const length = std::stoul(answer.substr(at + 16));
  while (buffer_.size() < length && fill()) {
  }
  answer += buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

std::string wire::read_to_end() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool wire::closed_by_peer() {
  try {
    read_to_end();
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::string status_line(std::string_view response) {
  return std::string(response.substr(0, response.find('\r')));
}

std::string body_of(std::string_view response) {
  auto const at = response.find("\r\n\r\n");
  return at == std::string_view::npos ? std::string() : std::string(response.substr(at + 4));
}

}  // namespace sagad::test
