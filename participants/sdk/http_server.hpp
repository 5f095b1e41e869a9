#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "participants/sdk/http_message.hpp"

namespace sagad::participants {

/// The only unit that knows cpprestsdk's listener. What that library does not do is done here: the body is bounded by
/// its Content-Length before it is read, port 0 works, and stopping is orderly. What cannot be mended from outside: the
/// request's head and a connection's idle time are unbounded, so a participant belongs behind a trusted network.
class http_server {
 public:
  struct limits {
    std::size_t body_bytes_max = 256 * 1024;
    /// For paths under /admin/.
    std::size_t admin_body_bytes_max = 8 * 1024 * 1024;
    std::size_t threads = 4;
  };
  /// May be called once, from any thread.
  using responder = std::function<void(http_reply)>;
  /// Called on a thread of the pool: must not block.
  using handler = std::function<void(http_request, responder)>;

  /// Listens at once. Port 0 takes a free one. Throws std::runtime_error. One server a process: the pool is global.
  http_server(const std::string& host, std::uint16_t port, limits bounds, handler serve);
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;
  /// As stop() with no patience.
  ~http_server();

  std::uint16_t port() const noexcept;
  /// Refuses new requests (503) and waits for the open ones, at most `drain_max`; then closes. Not from a pool thread.
  void stop(std::chrono::milliseconds drain_max);

 private:
  class listener;
  std::shared_ptr<listener> listener_;
};

}  // namespace sagad::participants
