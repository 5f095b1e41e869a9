#pragma once

#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/moment.hpp"
#include "base/unique_function.hpp"
#include "http/handler_memory.hpp"
#include "http/message_reader.hpp"
#include "http/response_text.hpp"
#include "http/server.hpp"

namespace sagad::http {

/// A buffer to the socket that has grown past this is given back when it is empty.
inline constexpr std::size_t out_kept_capacity = answer_bytes_small;

struct server_core;

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// One client's connection: reads a request, hands it over, writes the answer, and again. Lives as long as an operation
/// or a `reply` holds it; its socket goes when it is closed. One thread.
///
///     reading [-> taking] -> handling -> writing | streaming -> reading ...          any -> lingering -> closed
///
/// Taking: a body that is handed on in pieces, as fast as whoever takes it wants them.
///
/// Lingering: all is written and the writing side is shut; what the client still sends is read and dropped for a
/// moment, because closing over unread bytes would reset the connection under the answer.
class connection : public std::enable_shared_from_this<connection> {
 public:
  connection(std::shared_ptr<server_core> core, tcp_socket socket);

  void start();
  /// Answers 503 and closes: one connection too many.
  void start_refused();
  void answer(response what);
  /// Answers that nobody will answer: a fault, or the process ends.
  void drop();
  void begin_stream(const response& head);
  /// False when the stream has ended.
  bool stream_on(std::string_view bytes);
  void when_written(unique_function<void()> then);
  void end_stream();
  bool streaming() const noexcept { return stage_ == stage::streaming && !stream_ended_; }
  bool gone() const noexcept { return !socket_; }
  std::shared_ptr<const std::atomic<bool>> watch();
  /// Of a body that is taken in pieces: goes on with it.
  void read_on();
  void drain();
  /// Acts on a deadline that has passed; returns the next one.
  millis sweep(millis now);
  void close();

  std::size_t place = 0;  ///< in the core's list

 private:
  enum class stage : std::uint8_t { reading, taking, handling, writing, streaming, lingering, closed };
  struct read_handler;
  struct write_handler;

  void process();
  void act_on(progress at);
  void begin_body();
  void take_piece();
  void end_body();
  request take_head();
  void handle();
  template <class Call>
  void guarded(Call&& call);
  void await_more();
  void refuse(read_fault why);
  void refuse(const problem& what, int status);
  void arm_read();
  void arm_read_unmoved();
  void read_into(std::span<char> room);
  void on_read(boost::system::error_code failed, std::size_t bytes);
  bool waits_too_much(const response& what) const noexcept;
  response unread_too_much() const;
  void write();
  bool write_now();
  bool all_written();
  void count_unread(std::size_t bytes) noexcept;
  void arm_write();
  void on_written(boost::system::error_code failed, std::size_t bytes);
  void flush_stream();
  void stream_written();
  void tell_written();
  void answered();
  void linger();
  void set_deadline(millis from_now_ms);
  void tell_watcher() noexcept;

  std::shared_ptr<server_core> core_;
  std::optional<tcp_socket> socket_;
  std::shared_ptr<std::atomic<bool>> watched_;  ///< of the request that is handled, if somebody watches its client
  message_reader reader_;
  std::vector<header> headers_;
  std::shared_ptr<intake> intake_;  ///< takes the body in pieces
  std::size_t body_bytes_max_;      ///< of the request that is read
  std::string out_;
  std::string behind_;  ///< a large body, written once `out_` is
  std::size_t written_ = 0;
  std::size_t unread_ = 0;   ///< what of the answer is counted in the core
  std::size_t came_ = 0;     ///< of a body in pieces, since its deadline was set
  millis left_ms_ = 0;       ///< of that deadline while whoever takes the body wants no more
  std::size_t dropped_ = 0;  ///< bytes read and dropped while lingering
  millis linger_until_ = 0;
  millis deadline_ = never;
  stage stage_ = stage::reading;
  unique_function<void()> when_written_;
  bool reading_ = false;     ///< a read is under way
  bool paused_ = false;      ///< whoever takes the body wants no more for now
  bool processing_ = false;  ///< process() is on the stack
  bool in_request_ = false;  ///< the request's deadline is set
  bool told_to_continue_ = false;
  bool head_only_ = false;
  bool asks_only_ = false;  ///< the request changes nothing
  bool http11_ = true;
  bool sending_ = false;       ///< a stream's write is under way
  bool stream_ended_ = false;  ///< all that is left is to write what waits
  bool close_after_ = false;
  bool http10_keep_alive_ = false;
  bool peer_done_ = false;  ///< the client has shut its side
  handler_memory read_memory_;
  handler_memory write_memory_;
};

}  // namespace sagad::http
