#include "http/client_connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <charconv>

#include "base/joined.hpp"
#include "http/steady_clock.hpp"

namespace sagad::http {
namespace {

constexpr int interim_responses_max = 8;

}  // namespace

struct client_connection::read_handler {
  using allocator_type = handler_allocator<char>;
  std::shared_ptr<client_connection> self;
  allocator_type get_allocator() const noexcept { return allocator_type(self->read_memory_); }
  void operator()(boost::system::error_code failed, std::size_t bytes) const { self->on_read(failed, bytes); }
};

struct client_connection::write_handler {
  using allocator_type = handler_allocator<char>;
  std::shared_ptr<client_connection> self;
  allocator_type get_allocator() const noexcept { return allocator_type(self->write_memory_); }
  void operator()(boost::system::error_code failed, std::size_t bytes) const { self->on_written(failed, bytes); }
};

client_connection::client_connection(std::shared_ptr<client_core> core, std::uint64_t tag, const outgoing& what)
    : core_(std::move(core)),
      reader_(message_kind::response, {core_->limits.header_bytes_max, core_->limits.body_bytes_max}),
      tag_(tag) {
  format(what);
  give_up_at_ = steady_now_ms() + core_->limits.connect_ms_max;
  set_deadline(give_up_at_);
}

void client_connection::format(const outgoing& what) {
  std::array<char, 20> length{};
  char* const length_end = std::to_chars(length.data(), length.data() + length.size(), what.body.size()).ptr;
  bool const sized = !what.body.empty() || (what.method != "GET" && what.method != "HEAD");
  out_.clear();
  std::string_view const size = sized ? std::string_view(length.data(), length_end) : std::string_view();
  std::string_view const size_follows = sized ? "Content-Length: " : "";
  std::string_view const head_ends = sized ? "\r\n\r\n" : "\r\n";
  append_joined(out_, what.method, " ", what.target, " HTTP/1.1\r\nHost: ", core_->to.authority, "\r\n", what.headers,
                what.more_headers, size_follows, size, head_ends, what.body);
  written_ = 0;
  interim_ = 0;
  timeout_ms_ = what.timeout_ms;
  head_only_ = what.method == "HEAD";
}

void client_connection::set_deadline(millis at) {
  deadline_ = at;
  core_->want(at);
}

void client_connection::connect(client_core::address_list addresses) {
  if (stage_ != stage::connecting) return;
  addresses_ = std::move(addresses);
  next_address_ = 0;
  try_next_address();
}

/// One that says nothing must not use up the time of those behind it: each has its share of what is left.
void client_connection::try_next_address() {
  auto const now = steady_now_ms();
  auto const left = static_cast<millis>(addresses_.size() - next_address_);
  set_deadline(now + std::max<millis>(0, give_up_at_ - now) / left);
  auto const& at = addresses_[next_address_++];
  boost::system::error_code failed;
  socket_.emplace(core_->reactor);
  socket_->open(at.protocol(), failed);
  if (!failed) socket_->non_blocking(true, failed);
  if (failed) {  // out of descriptors; told later: never from within begin
    boost::asio::post(core_->reactor, [self = shared_from_this(), failed] { self->fail_to_connect(failed.message()); });
    return;
  }
  int const on = 1;
  ::setsockopt(socket_->native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  socket_->async_connect(at, [self = shared_from_this(), nth = next_address_](boost::system::error_code ended) {
    self->on_connected(ended, nth);
  });
}

void client_connection::on_connected(boost::system::error_code failed, std::size_t nth) {
  if (stage_ != stage::connecting || nth != next_address_) return;  // of an address that was given up
  if (failed) {
    if (next_address_ < addresses_.size()) return try_next_address();
    core_->addresses_refuse();
    return fail_to_connect(failed.message());
  }
  ++core_->counted.connected;
  if (next_address_ > 1) core_->prefer(addresses_[next_address_ - 1]);
  if (!core_->sink.may_write(tag_)) return fail_to_connect("it may not be sent any more");
  if (!send_now()) return fail_to_connect("it closed the connection at once");
  arm_read();
}

void client_connection::fail_to_connect(std::string_view why) {
  if (stage_ != stage::connecting) return;
  end(exchange_end::not_sent, why);
}

/// Of an idle connection, past the reactor: neither its end has come, nor bytes that nobody asked for. These may be in
/// the socket, or where the read has put them, whose handler has not run yet: no answer begins with `untouched`, and
/// what does is no answer to the next exchange either.
bool client_connection::is_silent() noexcept {
  if (reading_ && *reads_to_ != untouched) {
    ++core_->counted.strayed;
    return false;
  }
  char byte = 0;
  auto const seen = ::recv(socket_->native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (seen > 0) ++core_->counted.strayed;
  return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool client_connection::reuse(std::uint64_t tag, const outgoing& what) {
  if (!is_silent()) {  // else a second answer to the last exchange would be taken for the answer to this one
    close();
    return false;
  }
  tag_ = tag;
  format(what);
  if (!send_now()) {
    close();
    return false;
  }
  ++core_->counted.reused;
  return true;
}

/// False: no byte was written, and none can be.
bool client_connection::send_now() {
  auto const sent = ::send(socket_->native_handle(), out_.data(), out_.size(), MSG_NOSIGNAL);
  bool const full = sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  if (sent < 0 && !full) return false;
  written_ = full ? 0 : static_cast<std::size_t>(sent);
  stage_ = stage::open;
  opened_at_ = steady_now_ms();
  set_deadline(opened_at_ + timeout_ms_);
  if (written_ < out_.size()) arm_write();
  return true;
}

void client_connection::arm_write() {
  socket_->async_write_some(boost::asio::const_buffer(out_.data() + written_, out_.size() - written_),
                            write_handler{shared_from_this()});
}

void client_connection::on_written(boost::system::error_code failed, std::size_t bytes) {
  if (stage_ != stage::open || failed) return;  // a failure to write is told by the read, with what came before it
  written_ += bytes;
  if (written_ < out_.size()) arm_write();
}

void client_connection::arm_read() {
  if (reading_ || !socket_) return;
  reading_ = true;
  auto const room = reader_.room();
  reads_to_ = room.data();
  *reads_to_ = untouched;
  socket_->async_read_some(boost::asio::mutable_buffer(room.data(), room.size()), read_handler{shared_from_this()});
}

void client_connection::on_read(boost::system::error_code failed, std::size_t bytes) {
  reading_ = false;
  if (stage_ == stage::idle) {
    if (!failed) ++core_->counted.strayed;
    close();
  }
  if (stage_ != stage::open) return;
  if (!failed) {
    reader_.commit(bytes);
    if (head_only_) reader_.expect_no_body();
    return proceed(reader_.advance());
  }
  if (failed == boost::asio::error::eof) return proceed(reader_.end_of_stream());
  end(exchange_end::cut, failed.message());
}

void client_connection::proceed(progress at) {
  while (at == progress::complete && reader_.head().status / 100 == 1 && reader_.head().status != 101) {
    if (++interim_ > interim_responses_max) return end(exchange_end::malformed, "too many interim responses");
    reader_.next();
    if (head_only_) reader_.expect_no_body();
    at = reader_.advance();
  }
  switch (at) {
    case progress::head:
    case progress::piece: return;  // of a reader that was told to pause
    case progress::more: return arm_read();
    case progress::failed: return end_by(reader_.fault());
    case progress::complete:
      if (reader_.head().status == 101) return end(exchange_end::malformed, "it changed the protocol");
      return answered();
  }
}

void client_connection::answered() {
  auto const text = reader_.head_text();
  auto const& head = reader_.head();
  headers_.clear();
  for (auto const& field : head.fields) headers_.push_back({field.name.in(text), field.value.in(text)});
  auto const now = steady_now_ms();
  incoming const got{tag_, exchange_end::answered, head.status, headers_, reader_.body(), {}, now - opened_at_};
  bool const strayed = !reader_.runs_to_the_end() && reader_.more_behind();
  if (strayed) ++core_->counted.strayed;
  bool const reusable = head.keep_alive && !reader_.runs_to_the_end() && !strayed && written_ == out_.size();
  auto const core = core_;
  auto const self = shared_from_this();
  if (!reusable) {
    close();
    return core->sink.ended(got);
  }
  if (out_.capacity() > out_kept_capacity) out_ = {};
  stage_ = stage::idle;
  set_deadline(now + core->limits.idle_ms_max);
  core->make_idle(*this);
  core->sink.ended(got);  // may use this very connection again: what was read stays until the next read
  reader_.next();
  if (stage_ == stage::open || stage_ == stage::idle) arm_read();  // idle, too: its end must be seen
}

void client_connection::end_by(read_fault why) {
  switch (why) {
    case read_fault::head_too_large: return end(exchange_end::too_large, "its headers pass the limit");
    case read_fault::body_too_large: return end(exchange_end::too_large, "its body passes the limit");
    case read_fault::cut: return end(exchange_end::cut, "it closed the connection before the whole answer");
    default: return end(exchange_end::malformed, "what came is not an HTTP/1.1 response");
  }
}

void client_connection::end(exchange_end how, std::string_view detail) {
  auto const core = core_;
  auto const self = shared_from_this();
  millis const took = stage_ == stage::open ? steady_now_ms() - opened_at_ : 0;
  std::string const text = core->to.authority + ": " + std::string(detail);
  int const status = reader_.fault() == read_fault::body_too_large ? reader_.head().status : 0;
  close();
  core->sink.ended({tag_, how, status, {}, {}, text, took});
}

millis client_connection::sweep(millis now) {
  if (now < deadline_) return deadline_;
  auto const self = shared_from_this();
  switch (stage_) {
    case stage::connecting:
      if (next_address_ < addresses_.size()) {
        try_next_address();
        return deadline_;
      }
      end(exchange_end::not_sent, "no connection in time");
      break;
    case stage::open:
      end(exchange_end::timed_out, "no whole answer within " + std::to_string(timeout_ms_) + " ms");
      break;
    default: close(); break;
  }
  return never;
}

void client_connection::close() {
  if (stage_ == stage::closed) return;
  auto const self = shared_from_this();
  if (stage_ == stage::idle) core_->no_longer_idle(*this);
  stage_ = stage::closed;
  deadline_ = never;
  core_->remove(*this);
  if (!socket_) return;
  boost::system::error_code ignored;  // nothing is left to be told
  socket_->close(ignored);
  socket_.reset();
}

}  // namespace sagad::http
