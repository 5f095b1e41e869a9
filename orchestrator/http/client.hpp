#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/moment.hpp"
#include "http/endpoint_address.hpp"
#include "http/server.hpp"

namespace sagad::http {

struct client_limits {
  std::size_t header_bytes_max = 16U << 10U;  ///< of a response
  std::size_t body_bytes_max = 1U << 20U;     ///< of a response
  millis connect_ms_max = 1'000;              ///< names, all addresses of one, and the connection itself
  millis idle_ms_max = 30'000;                ///< an unused connection is closed after it
  std::size_t idle_connections_max = 256;
  millis names_ms_max = 30'000;  ///< a name is looked up again after it, or when its addresses refuse
};

/// A request; the views live during `begin` only.
struct outgoing {
  std::string_view method = "POST";
  std::string_view target{};
  std::string_view headers{};       ///< complete lines, each ending in CRLF, without Host and Content-Length
  std::string_view more_headers{};  ///< the same again: what nobody but the sender should hold (credentials)
  std::string_view body{};
  millis timeout_ms = 10'000;  ///< from the first byte written to the last one read
};

enum class exchange_end : std::uint8_t {
  answered,  ///< a whole response was read
  not_sent,  ///< no byte of the request was written
  cut,       ///< the connection ended before the whole response
  timed_out,
  malformed,  ///< what came is not HTTP/1
  too_large,  ///< the response passes a limit; it was cut off there
};

/// How an exchange ended. The views live during `ended` only.
struct incoming {
  std::uint64_t tag = 0;
  exchange_end how = exchange_end::not_sent;
  int status = 0;
  std::span<const header> headers;
  std::string_view body;
  std::string_view detail;  ///< for people, unless answered
  millis took_ms = 0;       ///< from the first byte written

  std::string_view find(std::string_view name) const noexcept;
};

/// Is told how each exchange ended: never from within `begin` or `withdraw`. May begin others.
class exchange_sink {
 public:
  virtual void ended(const incoming& what) = 0;
  /// Asked when a connection that had to be made first is there: no, and the exchange ends as `not_sent`.
  virtual bool may_write(std::uint64_t /*tag*/) { return true; }

 protected:
  ~exchange_sink() = default;
};

struct client_counts {
  std::size_t open = 0;         ///< connections
  std::size_t idle = 0;         ///< of these
  std::uint64_t connected = 0;  ///< ever
  std::uint64_t reused = 0;     ///< exchanges on a connection that had served before
  std::uint64_t strayed = 0;    ///< connections closed because they brought bytes that nobody had asked for
};

/// Keep-alive connections to one endpoint, one exchange at a time on each, as many as there are exchanges. A request is
/// never sent twice: one that fails on a stale connection before a byte was written goes to another, after that it
/// ended as `cut`. No redirects. One thread: the reactor's. Ending it drops its exchanges without a word.
class client {
 public:
  client(boost::asio::io_context& reactor, endpoint_address to, client_limits limits, exchange_sink& sink);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Begins an exchange; `tag` must not be under way.
  void begin(std::uint64_t tag, const outgoing& what);
  /// Takes back an exchange of which no byte was written: true, and nothing will be told of it.
  bool withdraw(std::uint64_t tag);
  /// When (steady_now_ms) its first byte was written; empty while it is still connecting, or unknown.
  std::optional<millis> opened_at(std::uint64_t tag) const noexcept;

  const endpoint_address& address() const noexcept;
  client_counts counts() const noexcept;

 private:
  std::shared_ptr<class client_core> core_;
};

}  // namespace sagad::http
