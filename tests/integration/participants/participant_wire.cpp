#include "tests/integration/participants/participant_wire.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace sagad::participants::test {

participant_wire::participant_wire(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    close(socket_);
    throw std::runtime_error("cannot connect to port " + std::to_string(port));
  }
}

participant_wire::~participant_wire() {
  close(socket_);
}

bool participant_wire::send(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto n = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

bool participant_wire::readable() const {
  pollfd what{socket_, POLLIN, 0};
  return poll(&what, 1, 0) > 0;
}

bool participant_wire::fill() {
  pollfd what{socket_, POLLIN, 0};
  const auto wait_ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  if (poll(&what, 1, static_cast<int>(wait_ms)) <= 0) throw std::runtime_error("the participant is silent");
  std::array<char, 16384> piece{};
  const auto n = recv(socket_, piece.data(), piece.size(), 0);
  if (n <= 0) return false;
  buffer_.append(piece.data(), static_cast<std::size_t>(n));
  return true;
}

heard participant_wire::read() {
  std::size_t head_end = 0;
  while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  heard made;
  std::size_t line = buffer_.find("\r\n") + 2;
  while (line < head_end + 2) {
    const std::size_t end = buffer_.find("\r\n", line);
    const std::size_t colon = buffer_.find(": ", line);
    std::string name = buffer_.substr(line, colon - line);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    made.headers[name] = buffer_.substr(colon + 2, end - colon - 2);
    line = end + 2;
  }
  const std::size_t size = std::stoul(made.headers.at("content-length"));
  while (buffer_.size() < head_end + 4 + size) {
    if (!fill()) return {};
  }
  made.status = std::stoi(buffer_.substr(9, 3));
  made.body = buffer_.substr(head_end + 4, size);
  buffer_.erase(0, head_end + 4 + size);
  return made;
}

std::string request_text(const std::string& method, const std::string& target, const header_map& headers,
                         const std::string& body) {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: participant\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  if (!body.empty()) text += "Content-Type: application/json\r\n";
  if (!body.empty() || method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

heard ask(std::uint16_t port, const std::string& method, const std::string& target, const std::string& body,
          const header_map& headers) {
  participant_wire wire(port);
  wire.send(request_text(method, target, headers, body));
  return wire.read();
}

header_map saga_call::headers() const {
  header_map made{{"Saga-Id", saga},
                  {"Saga-Step", step},
                  {"Saga-Operation", operation},
                  {"Saga-Generation", std::to_string(generation)},
                  {"Saga-Attempt", "1"},
                  {"Idempotency-Key", saga + "/" + step + "/" + operation + "/" + std::to_string(generation)}};
  if (!callback.empty()) made["Saga-Callback"] = callback;
  return made;
}

heard ask(std::uint16_t port, const saga_call& call) {
  participant_wire wire(port);
  wire.send(call.text());
  return wire.read();
}

std::string saga_number(int n) {
  std::string id = "01HF7YAT000000000000000000";
  const std::string digits = std::to_string(n);
  return id.replace(id.size() - digits.size(), digits.size(), digits);
}

}  // namespace sagad::participants::test
