#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_function.hpp"

namespace sagad::http {

struct header {
  std::string_view name;
  std::string_view value;
};

/// A request that has arrived whole. The views live until its `reply` is used or dropped.
struct request {
  std::string_view method;
  std::string_view target;  ///< path with query, as it came
  std::span<const header> headers;
  std::string_view body;

  /// The first header of that name, whatever its case; empty when there is none (`has_header` tells apart).
  std::string_view find(std::string_view name) const noexcept;
  bool has_header(std::string_view name) const noexcept;
};

struct response {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string headers{};  ///< further complete lines, each ending in CRLF
  std::string body{};
};

class connection;

/// An answer whose body goes on while there is something to say (`text/event-stream`): in chunks, to HTTP/1.0 until the
/// end of the connection. On the connection's own reactor. Ends with this object.
class stream {
 public:
  explicit stream(std::shared_ptr<connection> to) : to_(std::move(to)) {}
  stream(stream&&) noexcept = default;
  stream& operator=(stream&&) noexcept;
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  ~stream() { end(); }

  /// False: the client has gone, or reads so slowly that stream_bytes_max waited for it and it was closed.
  bool write(std::string_view bytes);
  /// Called once from the reactor's loop, when all that was written is on its way: who writes no sooner than that keeps
  /// little in memory, however slowly the client reads. Never called when the client has gone. One at a time.
  void when_written(unique_function<void()> then);
  void end();
  bool client_gone() const noexcept;

 private:
  std::shared_ptr<connection> to_;
};

/// The one answer to a request: used once, on the connection's own reactor, at once or later. Dropped unused it answers
/// 500, and 503 where the server drains. When the client has gone, using it does nothing.
class reply {
 public:
  explicit reply(std::shared_ptr<connection> to) : to_(std::move(to)) {}
  reply(reply&&) noexcept = default;
  reply& operator=(reply&&) noexcept;
  reply(const reply&) = delete;
  reply& operator=(const reply&) = delete;
  ~reply();

  void operator()(response answer);
  /// A flag that is set when the client has gone or has shut its side: who waits for long may stop. Any thread reads
  /// it.
  std::shared_ptr<const std::atomic<bool>> watch();
  /// Instead: begins an answer that goes on, with `head.body` as its first piece.
  http::stream stream(response head);
  bool client_gone() const noexcept;
  /// Of a body that is taken in pieces: the next one may come.
  void read_on();

 private:
  std::shared_ptr<connection> to_;
};

/// Takes a request's body as it comes, in as little memory as it likes. On the connection's reactor. It has the
/// request's reply: an answer before the body's end ends the connection. Dropped when the client has gone.
class intake {
 public:
  virtual ~intake() = default;
  /// The view lives for the call. False: the next piece comes when `reply::read_on` was called, which is not within
  /// this.
  virtual bool take(std::string_view piece) = 0;
  virtual void end() = 0;  ///< the body was whole
};

/// Which requests' bodies are taken in pieces, and by whom.
struct piecewise {
  /// The most bytes that such a body may have, 413 past it; 0: the body is collected, as usual.
  std::function<std::size_t(std::string_view method, std::string_view target)> bytes_max;
  /// The request's views live for the call, and its body is empty. None: it was answered already.
  std::function<std::shared_ptr<intake>(const request&, reply)> begin;
};

/// An answer of so many bytes is sent however many wait: most sagas, every problem, what tells how it goes.
inline constexpr std::size_t answer_bytes_small = 32U << 10U;

struct server_limits {
  std::size_t header_bytes_max = 16U << 10U;   ///< all headers and the request line: 431 past it
  std::size_t body_bytes_max = 1U << 20U;      ///< 413 past it
  std::size_t connections_max = 10'000;        ///< past it a new one is answered 503 and closed
  std::int64_t request_ms_max = 10'000;        ///< from the first byte of a request to its last: 408 (slow clients)
  std::size_t pieces_bytes_min = 16U << 10U;   ///< of a body in pieces within each request_ms_max that its client is
                                               ///< waited for, the last apart: 408
  std::int64_t idle_ms_max = 75'000;           ///< between requests: closed
  std::int64_t write_ms_max = 30'000;          ///< a client that does not read its answer: closed
  std::size_t stream_bytes_max = 1U << 20U;    ///< of a stream that wait for a client to read them: closed past it
  std::size_t unread_bytes_max = 256U << 20U;  ///< of all answers that wait for their clients to read them: as long as
                                               ///< there are as many, 503 instead of one past answer_bytes_small
};

struct server_counts {
  std::uint64_t accepted = 0;
  std::uint64_t open = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;  ///< malformed, too large, too slow, too many
  std::uint64_t faults = 0;   ///< handlers that threw: their clients got 500
  std::uint64_t slow = 0;     ///< connections closed because the client did not read what it was sent

  server_counts& operator+=(const server_counts& other) noexcept;
};

using handler = std::function<void(const request&, reply)>;

/// HTTP/1.1 with keep-alive on one reactor (one io_context run by one thread): everything happens on that thread.
/// Pipelined requests are answered in order, one at a time.
class server {
 public:
  server(boost::asio::io_context& reactor, server_limits limits, handler handle, piecewise bodies = {});
  ~server();

  /// Takes over a connected socket (from an acceptor that deals connections out). On the reactor's thread.
  void adopt(int socket);
  /// Closes idle connections, and each busy one after its answer. On the reactor's thread.
  void drain();
  server_counts counts() const noexcept;
  /// How many connections more it takes; below 0: as many are being told that they are too many. Any thread.
  std::int64_t room() const noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

/// Listens on one address and deals connected sockets to the reactor with the fewest connections.
class listener {
 public:
  struct target {
    boost::asio::io_context* reactor;
    server* to;
  };
  /// `address` is `127.0.0.1:7070`, `[::1]:7070`, port 0 for any. Throws std::system_error naming the address when it
  /// cannot be bound.
  listener(boost::asio::io_context& reactor, const std::string& address, std::vector<target> targets);
  /// Throws as the constructor would now; nothing is listened on.
  static void check(const std::string& address);
  ~listener();
  std::uint16_t port() const noexcept;
  void stop();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace sagad::http
