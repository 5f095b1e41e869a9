#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace sagad::test {

/// The far side of a connection, played by a test: blocking, on a thread of the peer.
class peer_connection {
 public:
  explicit peer_connection(int socket) : socket_(socket) {}
  /// Reads one request (head, and a body of Content-Length); empty when the client has closed.
  std::string read_request();
  bool send(std::string_view bytes);
  bool answer(std::string_view body, std::string_view more_headers = {});
  /// Waits until the other machine has all that was sent, read or not.
  void await_arrival();
  void reset();
  void await_close();

 private:
  friend class scripted_peer;
  int socket_;
  std::string buffer_;
};

/// Listens on a free port of the loopback and plays `script` on each connection, one after the other; the connection is
/// closed when the script returns.
class scripted_peer {
 public:
  explicit scripted_peer(std::function<void(peer_connection&, int nth)> script);
  ~scripted_peer();
  scripted_peer(const scripted_peer&) = delete;
  scripted_peer& operator=(const scripted_peer&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int accepted() const noexcept { return accepted_; }

 private:
  std::uint16_t port_ = 0;  // before the socket: told by what makes it
  int listening_ = -1;
  std::atomic<int> accepted_{0};
  std::atomic<int> current_{-1};
  std::thread thread_;
};

/// A port of the loopback that nobody listens on, kept so until the end of the scope.
class refusing_port {
 public:
  refusing_port();
  ~refusing_port();
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::uint16_t port() const noexcept { return port_; }

 private:
  std::uint16_t port_ = 0;
  int socket_ = -1;
};

}  // namespace sagad::test
