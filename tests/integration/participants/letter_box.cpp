#include "tests/integration/participants/letter_box.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "tests/integration/participants/participant_wire.hpp"

namespace sagad::participants::test {
namespace {

/// cpprestsdk writes no space after the colon.
std::string value_of(const std::string& head, const std::string& name) {
  const auto place = head.find("\r\n" + name + ":");
  if (place == std::string::npos) return "";
  const auto begin = head.find_first_not_of(' ', place + name.size() + 3);
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

}  // namespace

letter_box::letter_box(std::vector<int> statuses, at_first state)
    : statuses_(std::move(statuses)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size) != 0) {
    throw std::runtime_error("the letter box has no port");
  }
  port_ = ntohs(where.sin_port);
  if (state == at_first::open) open();
}

letter_box::~letter_box() {
  shutdown(listener_, SHUT_RDWR);
  if (thread_.joinable()) thread_.join();
  close(listener_);
}

void letter_box::open() {
  if (listen(listener_, 64) != 0) throw std::runtime_error("the letter box cannot listen");
  thread_ = std::thread([this] { serve(); });
}

std::string letter_box::url(const std::string& token) const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/v1/callbacks/" + token;
}

void letter_box::serve() {
  for (;;) {
    const int connection = accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    serve_one(connection);
    close(connection);
  }
}

void letter_box::serve_one(int connection) {
  std::string text;
  std::array<char, 4096> piece{};
  std::size_t head_end = std::string::npos;
  for (;;) {
    head_end = text.find("\r\n\r\n");
    if (head_end != std::string::npos &&
        text.size() >= head_end + 4 + std::stoul("0" + value_of(text, "Content-Length"))) {
      break;
    }
    const auto n = recv(connection, piece.data(), piece.size(), 0);
    if (n <= 0) return;
    text.append(piece.data(), static_cast<std::size_t>(n));
  }
  const auto first = text.find(' ') + 1;
  std::unique_lock lock(mutex_);
  const int status = statuses_[std::min(letters_.size(), statuses_.size() - 1)];
  letters_.push_back(
      {text.substr(first, text.find(' ', first) - first), value_of(text, "Saga-Outcome"), text.substr(head_end + 4)});
  lock.unlock();
  const std::string reply =
      "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  static_cast<void>(send(connection, reply.data(), reply.size(), MSG_NOSIGNAL));
  came_.notify_all();
}

std::vector<letter_box::letter> letter_box::wait_for(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (!came_.wait_for(lock, patience, [&] { return letters_.size() >= count; })) {
    throw std::runtime_error("only " + std::to_string(letters_.size()) + " letters came");
  }
  return letters_;
}

}  // namespace sagad::participants::test
