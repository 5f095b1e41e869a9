#include "http/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "http/server_core.hpp"
#include "http/steady_clock.hpp"

namespace sagad::http {
namespace {

// Who was refused in the midst of a body is read on for a while: closed at once, what still comes would be answered by
// a reset, which may overtake the answer.
constexpr millis linger_ms = 1000;  ///< from one piece to the next; all of them within a request's time
constexpr std::size_t linger_bytes_max = 64U << 20U;
constexpr std::size_t body_apart_bytes = 64U << 10U;  ///< a body of so many bytes is not copied
constexpr std::size_t turn_bytes_max = 256U << 10U;   ///< given to the kernel at a time: others want their turn

}  // namespace

struct connection::read_handler {
  using allocator_type = handler_allocator<char>;
  std::shared_ptr<connection> self;
  allocator_type get_allocator() const noexcept { return allocator_type(self->read_memory_); }
  void operator()(boost::system::error_code failed, std::size_t bytes) const { self->on_read(failed, bytes); }
};

struct connection::write_handler {
  using allocator_type = handler_allocator<char>;
  std::shared_ptr<connection> self;
  allocator_type get_allocator() const noexcept { return allocator_type(self->write_memory_); }
  void operator()(boost::system::error_code failed, std::size_t bytes) const { self->on_written(failed, bytes); }
};

connection::connection(std::shared_ptr<server_core> core, tcp_socket socket)
    : core_(std::move(core)),
      socket_(std::move(socket)),
      reader_(message_kind::request, {core_->limits.header_bytes_max, core_->limits.body_bytes_max}),
      body_bytes_max_(core_->limits.body_bytes_max) {
  if (core_->bodies.bytes_max) reader_.pause_after_heads();
}

void connection::start() {
  set_deadline(core_->limits.idle_ms_max);
  arm_read();
}

void connection::start_refused() {
  refuse({problem_code::overloaded, "too many connections: try again later, or reuse the ones that are open"}, 503);
}

void connection::set_deadline(millis from_now_ms) {
  deadline_ = steady_now_ms() + from_now_ms;
  core_->deadlines.want(deadline_);
}

std::shared_ptr<const std::atomic<bool>> connection::watch() {
  if (!watched_) watched_ = std::make_shared<std::atomic<bool>>(gone() || peer_done_);
  return watched_;
}

void connection::tell_watcher() noexcept {
  if (watched_) watched_->store(true, std::memory_order_relaxed);
}

void connection::arm_read() {
  if (!reading_ && socket_) read_into(reader_.room());
}

/// While a request is handled: its views must stay where they are.
void connection::arm_read_unmoved() {
  if (reading_ || !socket_) return;
  if (auto const room = reader_.spare(); !room.empty()) read_into(room);
}

void connection::read_into(std::span<char> room) {
  reading_ = true;
  socket_->async_read_some(boost::asio::mutable_buffer(room.data(), room.size()), read_handler{shared_from_this()});
}

void connection::on_read(boost::system::error_code failed, std::size_t bytes) {
  reading_ = false;
  if (!socket_) return;
  if (failed) {
    if (failed != boost::asio::error::eof) return close();
    peer_done_ = true;  // perhaps only its side is shut: an answer that is under way is still written
    tell_watcher();
    if (stage_ != stage::handling && stage_ != stage::writing) close();
    return;
  }
  reader_.commit(bytes);
  if (stage_ == stage::reading || stage_ == stage::taking) {
    process();
  } else if (stage_ == stage::lingering) {
    dropped_ += bytes;
    reader_.discard();
    if (dropped_ > std::max(linger_bytes_max, body_bytes_max_)) return close();
    deadline_ = std::min(steady_now_ms() + linger_ms, linger_until_);
    arm_read();
  }
}

void connection::process() {
  processing_ = true;
  bool more = true;
  while (more && (stage_ == stage::reading || (stage_ == stage::taking && !paused_))) {
    auto const at = reader_.advance();
    more = at != progress::more;
    act_on(at);
  }
  processing_ = false;
  if (stage_ == stage::handling || stage_ == stage::streaming) arm_read_unmoved();  // to learn that the client has gone
}

void connection::act_on(progress at) {
  switch (at) {
    case progress::more: return await_more();
    case progress::head: return begin_body();
    case progress::piece: return take_piece();
    case progress::complete: return stage_ == stage::taking ? end_body() : handle();
    case progress::failed: return refuse(reader_.fault());
  }
}

// Behind a head: whether somebody takes the body in pieces.
void connection::begin_body() {
  auto const text = reader_.head_text();
  auto const& head = reader_.head();
  auto const bytes_max = core_->bodies.bytes_max(head.method.in(text), head.target.in(text));
  body_bytes_max_ = bytes_max == 0 ? core_->limits.body_bytes_max : bytes_max;
  if (bytes_max == 0) return reader_.collect();
  auto const got = take_head();
  stage_ = stage::taking;
  paused_ = false;
  guarded([&] { intake_ = core_->bodies.begin(got, reply(shared_from_this())); });
  if (stage_ == stage::taking && intake_ != nullptr) reader_.take_in_pieces(bytes_max);
}

void connection::take_piece() {
  auto const to = intake_;
  bool wants_more = false;
  came_ += reader_.piece().size();
  guarded([&] { wants_more = to->take(reader_.piece()); });
  if (stage_ != stage::taking) return;
  reader_.drop_piece();
  if (came_ >= core_->limits.pieces_bytes_min) in_request_ = false;
  paused_ = !wants_more;
  if (!paused_) return;
  left_ms_ = deadline_ - steady_now_ms();
  deadline_ = never;
}

void connection::read_on() {
  if (stage_ != stage::taking || !paused_) return;
  paused_ = false;
  if (in_request_) set_deadline(left_ms_);  // the client has not been waited for meanwhile
  if (!processing_) process();
}

void connection::end_body() {
  auto const to = std::exchange(intake_, {});
  in_request_ = told_to_continue_ = false;
  stage_ = stage::handling;
  deadline_ = never;
  guarded([&] { to->end(); });
}

void connection::await_more() {
  if (peer_done_) return close();
  if (reader_.untouched()) {
    if (core_->draining) return close();
    set_deadline(core_->limits.idle_ms_max);
  } else if (!in_request_) {
    in_request_ = true;
    came_ = 0;
    set_deadline(core_->limits.request_ms_max);
  }
  if (reader_.in_body() && reader_.head().expects_continue && reader_.head().http11 && !told_to_continue_) {
    told_to_continue_ = true;
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    if (::send(socket_->native_handle(), go_on.data(), go_on.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(go_on.size())) {
      return close();  // 25 bytes do not fit although nothing else is on the way: there is nobody
    }
  }
  arm_read();
}

request connection::take_head() {
  auto const text = reader_.head_text();
  auto const& head = reader_.head();
  headers_.clear();
  for (auto const& field : head.fields) headers_.push_back({field.name.in(text), field.value.in(text)});
  request const got{head.method.in(text), head.target.in(text), headers_, {}};
  head_only_ = got.method == "HEAD";
  asks_only_ = head_only_ || got.method == "GET";
  close_after_ = !head.keep_alive;
  http11_ = head.http11;
  http10_keep_alive_ = !head.http11 && head.keep_alive;
  server_core::count(core_->requests);
  return got;
}

void connection::handle() {
  auto got = take_head();
  got.body = reader_.body();
  in_request_ = told_to_continue_ = false;
  stage_ = stage::handling;
  deadline_ = never;
  guarded([&, core = core_] { core->handle(got, reply(shared_from_this())); });
}

// Calls what is not ours. close() lets go of the core, and may come from within.
template <class Call>
void connection::guarded(Call&& call) {
  auto const core = core_;
  try {
    call();
  } catch (const std::exception& error) {
    core->fault(error.what());  // the reply was dropped on the way out, which answered 500
  } catch (...) {
    core->fault("by something that is no exception");
  }
}

void connection::answer(response what) {
  if (stage_ != stage::handling && stage_ != stage::taking) return;
  if (stage_ == stage::taking) close_after_ = true;  // what is left of the body is not wanted
  intake_.reset();
  watched_.reset();
  close_after_ = close_after_ || core_->draining;
  if (waits_too_much(what)) {
    server_core::count(core_->refused);
    what = unread_too_much();
  }
  out_.clear();
  const bool apart = what.body.size() >= body_apart_bytes && !head_only_;
  append_response(out_, what, {head_only_ || apart, close_after_, http10_keep_alive_}, core_->date());
  if (apart) behind_ = std::move(what.body);
  write();
}

bool connection::waits_too_much(const response& what) const noexcept {
  return !head_only_ && what.body.size() > answer_bytes_small && core_->unread_bytes >= core_->limits.unread_bytes_max;
}

// What a request has changed stays so: whoever sends it again is answered as one who repeats it.
response connection::unread_too_much() const {
  const std::string why = "too many large answers wait for their clients to read them";
  if (asks_only_) return problem_response({problem_code::overloaded, why + ": ask again"});
  return problem_response({problem_code::durability_unknown,
                           why + ", so this one says nothing: the request may have been carried out; ask for what came "
                                 "of it, or repeat it with its key or id"});
}

void connection::drop() {
  if (core_ == nullptr) return;  // the client has gone
  if (core_->draining) {
    answer(problem_response(
        {problem_code::durability_unknown,
         "this coordinator ends, and whether the request was carried out is not known: ask again, or repeat it"}));
  } else {
    answer(problem_response({problem_code::internal, "the request was dropped unanswered"}));
  }
}

void connection::refuse(read_fault why) {
  using code = problem_code;
  switch (why) {
    case read_fault::head_too_large:
      return refuse({code::headers_too_large, "request line and headers, or a body's trailer fields, may have " +
                                                  std::to_string(core_->limits.header_bytes_max) + " bytes and " +
                                                  std::to_string(message_head::fields_max) + " fields"},
                    431);
    case read_fault::body_too_large:
      return refuse({code::body_too_large, "the body may have " + std::to_string(body_bytes_max_) + " bytes"}, 413);
    case read_fault::version: return refuse({code::malformed, "only HTTP/1.1 and HTTP/1.0 are spoken here"}, 505);
    case read_fault::coding: return refuse({code::malformed, "the only transfer coding known here is chunked"}, 501);
    case read_fault::expectation:
      return refuse({code::malformed, "the only expectation known here is 100-continue"}, 417);
    case read_fault::compressed:
      return refuse({code::unsupported_media, "bodies are not compressed here: send it without Content-Encoding"}, 415);
    default: return refuse({code::malformed, "this is not an HTTP/1.1 request"}, 400);
  }
}

void connection::refuse(const problem& what, int status) {
  server_core::count(core_->refused);
  stage_ = stage::writing;  // whoever takes the body answers no more
  intake_.reset();
  close_after_ = true;
  out_.clear();
  append_response(out_, problem_response(what, status), {false, true, false}, core_->date());
  write();
}

void connection::write() {
  stage_ = stage::writing;
  written_ = 0;
  if (!write_now()) return close();
  if (all_written()) return answered();
  count_unread(out_.size() + behind_.size());
  set_deadline(core_->limits.write_ms_max);
  arm_write();
}

/// What is to be written next stands in `out_`; false: there is something.
bool connection::all_written() {
  if (written_ < out_.size()) return false;
  if (behind_.empty()) return true;
  out_ = std::exchange(behind_, {});
  written_ = 0;
  return false;
}

/// Whole until the last byte is written, as it is in memory.
void connection::count_unread(std::size_t bytes) noexcept {
  core_->unread_bytes += bytes - unread_;
  unread_ = bytes;
}

/// Sends what the socket takes at once; false: the client is gone.
bool connection::write_now() {
  auto const bytes = std::min(out_.size() - written_, turn_bytes_max);
  auto const sent = ::send(socket_->native_handle(), out_.data() + written_, bytes, MSG_NOSIGNAL);
  if (sent >= 0) written_ += static_cast<std::size_t>(sent);
  return sent >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

void connection::arm_write() {
  auto const bytes = std::min(out_.size() - written_, turn_bytes_max);
  socket_->async_write_some(boost::asio::const_buffer(out_.data() + written_, bytes),
                            write_handler{shared_from_this()});
}

void connection::on_written(boost::system::error_code failed, std::size_t bytes) {
  if (!socket_) return;
  if (failed) return close();
  written_ += bytes;
  if (stage_ == stage::streaming) return stream_written();
  if (!all_written()) return arm_write();
  answered();
}

void connection::begin_stream(const response& head) {
  if (stage_ != stage::handling && stage_ != stage::taking) return;
  close_after_ = close_after_ || stage_ == stage::taking || core_->draining || !http11_;
  out_.clear();
  append_stream_head(out_, head, {head_only_, close_after_, false}, core_->date(), http11_);
  written_ = 0;
  stage_ = stage::streaming;
  sending_ = stream_ended_ = false;
  if (head_only_) stream_ended_ = true;
  if (head_only_ || head.body.empty()) {
    flush_stream();
  } else {
    stream_on(head.body);
  }
}

bool connection::stream_on(std::string_view bytes) {
  if (!streaming()) return false;
  if (!bytes.empty()) append_piece(out_, bytes, http11_);
  flush_stream();
  return stage_ == stage::streaming;
}

void connection::when_written(unique_function<void()> then) {
  if (!streaming()) return;
  when_written_ = std::move(then);
  if (!sending_) tell_written();
}

void connection::tell_written() {
  if (when_written_) boost::asio::post(core_->reactor, std::exchange(when_written_, {}));
}

void connection::end_stream() {
  if (!streaming()) return;
  stream_ended_ = true;
  if (http11_) append_last_piece(out_);
  flush_stream();
}

void connection::flush_stream() {
  if (sending_) {
    if (out_.size() - written_ > core_->limits.stream_bytes_max) close();
    return;
  }
  if (!write_now()) return close();
  stream_written();
}

void connection::stream_written() {
  sending_ = written_ < out_.size();
  if (sending_) {
    if (deadline_ == never) set_deadline(core_->limits.write_ms_max);
    constexpr std::size_t forget_after = 64U << 10U;
    if (written_ > forget_after) {
      out_.erase(0, written_);
      written_ = 0;
    }
    return arm_write();
  }
  out_.clear();
  written_ = 0;
  deadline_ = never;
  if (stream_ended_) return answered();
  tell_written();
}

void connection::answered() {
  deadline_ = never;
  count_unread(0);
  if (out_.capacity() > out_kept_capacity) out_ = {};
  if (close_after_) return linger();
  reader_.next();
  stage_ = stage::reading;
  if (!processing_) process();
}

void connection::linger() {
  if (peer_done_) return close();
  stage_ = stage::lingering;
  ::shutdown(socket_->native_handle(), SHUT_WR);
  linger_until_ = steady_now_ms() + core_->limits.request_ms_max;
  set_deadline(linger_ms);
  if (reading_) return;
  reader_.discard();
  arm_read();
}

void connection::drain() {
  if (stage_ == stage::reading && reader_.untouched()) return close();
  if (stage_ != stage::lingering) close_after_ = true;
  end_stream();
}

millis connection::sweep(millis now) {
  if (now < deadline_) return deadline_;
  deadline_ = never;
  auto const time = std::to_string(core_->limits.request_ms_max) + " ms";
  if (stage_ == stage::taking) {
    refuse({problem_code::request_timeout, "the body came too slowly, with less than " +
                                               std::to_string(core_->limits.pieces_bytes_min) + " bytes in " + time +
                                               ": collect it first, then send it again in one go"},
           408);
  } else if (stage_ == stage::reading && !reader_.untouched()) {
    refuse({problem_code::request_timeout, "the request did not arrive within " + time}, 408);
  } else if (stage_ == stage::writing || stage_ == stage::streaming) {
    server_core::count(core_->slow);
    ::linger const at_once{1, 0};  // what the client does not take must not stay in the kernel's buffers either
    ::setsockopt(socket_->native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  } else if (stage_ != stage::handling) {
    close();
  }
  return deadline_;
}

void connection::close() {
  if (!socket_) return;
  tell_watcher();
  auto const nobody_hears = std::exchange(when_written_, {});
  auto const nobody_sends = std::exchange(intake_, {});
  stage_ = stage::closed;
  deadline_ = never;
  auto const self = shared_from_this();
  count_unread(0);
  core_->remove(*this);
  core_.reset();
  boost::system::error_code ignored;  // nothing is left to be told
  socket_->close(ignored);
  socket_.reset();
}

}  // namespace sagad::http
