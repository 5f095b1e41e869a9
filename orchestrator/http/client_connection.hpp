#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/client_core.hpp"
#include "http/connection.hpp"
#include "http/handler_memory.hpp"
#include "http/message_reader.hpp"

namespace sagad::http {

/// One connection to an endpoint and the exchange on it. It is always read, or watched while idle, so that
/// an end is seen; bytes that nobody asked for close it.
///
///     connecting -> open -> idle -> open ...          any -> closed
class client_connection : public std::enable_shared_from_this<client_connection> {
 public:
  client_connection(std::shared_ptr<client_core> core, std::uint64_t tag, const outgoing& what);

  /// Another exchange on an idle connection. False, and nothing was written: the connection is stale (and closed now).
  bool reuse(std::uint64_t tag, const outgoing& what);
  void connect(client_core::address_list addresses);
  void fail_to_connect(std::string_view why);
  millis sweep(millis now);
  void close();

  std::uint64_t tag() const noexcept { return tag_; }
  bool busy() const noexcept { return stage_ == stage::connecting || stage_ == stage::open; }
  bool written() const noexcept { return stage_ == stage::open; }
  millis opened_at() const noexcept { return opened_at_; }

  std::size_t place = 0;  ///< in the core's list

 private:
  enum class stage : std::uint8_t { connecting, open, idle, closed };
  struct read_handler;
  struct write_handler;

  void format(const outgoing& what);
  bool is_silent() noexcept;
  void try_next_address();
  void on_connected(boost::system::error_code failed, std::size_t nth);
  bool send_now();
  void arm_write();
  void on_written(boost::system::error_code failed, std::size_t bytes);
  void arm_read();
  void on_read(boost::system::error_code failed, std::size_t bytes);
  void proceed(progress at);
  void answered();
  void end(exchange_end how, std::string_view detail);
  void end_by(read_fault why);
  void set_deadline(millis at);

  std::shared_ptr<client_core> core_;
  std::optional<tcp_socket> socket_;
  client_core::address_list addresses_;
  std::size_t next_address_ = 0;
  millis give_up_at_ = never;  ///< while connecting: `deadline_` is that of one address
  message_reader reader_;
  std::vector<header> headers_;
  std::string out_;
  std::size_t written_ = 0;
  std::uint64_t tag_ = 0;
  millis timeout_ms_ = 0;
  millis opened_at_ = 0;
  millis deadline_ = never;
  int interim_ = 0;
  stage stage_ = stage::connecting;
  bool head_only_ = false;
  static constexpr char untouched = '\0';
  bool reading_ = false;
  char* reads_to_ = nullptr;  ///< while `reading_`: the first byte that comes
  handler_memory read_memory_;
  handler_memory write_memory_;
};

}  // namespace sagad::http
