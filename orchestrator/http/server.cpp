#include "http/server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "http/server_core.hpp"
#include "http/steady_clock.hpp"
#include "telemetry/log.hpp"

namespace sagad::http {
namespace {

/// Over connections_max so many more are kept for the moment that a 503 takes; beyond, they are closed unanswered.
constexpr std::size_t refused_at_once_max = 16;

}  // namespace

reply::~reply() {
  if (to_) to_->drop();
}

reply& reply::operator=(reply&& other) noexcept {
  if (this != &other) {
    reply const dropped(std::move(*this));
    to_ = std::move(other.to_);
  }
  return *this;
}

void reply::operator()(response answer) {
  if (auto const to = std::move(to_)) to->answer(std::move(answer));
}

stream reply::stream(response head) {
  auto to = std::move(to_);
  if (to) to->begin_stream(head);
  return http::stream(std::move(to));
}

stream& stream::operator=(stream&& other) noexcept {
  if (this != &other) {
    end();
    to_ = std::move(other.to_);
  }
  return *this;
}

bool stream::write(std::string_view bytes) {
  return to_ && to_->stream_on(bytes);
}

void stream::when_written(unique_function<void()> then) {
  if (auto const to = to_) to->when_written(std::move(then));
}

void stream::end() {
  if (auto const to = std::move(to_)) to->end_stream();
}

bool stream::client_gone() const noexcept {
  return !to_ || !to_->streaming();
}

std::shared_ptr<const std::atomic<bool>> reply::watch() {
  return to_ ? to_->watch() : nullptr;
}

bool reply::client_gone() const noexcept {
  return !to_ || to_->gone();
}

void reply::read_on() {
  if (to_) to_->read_on();
}

server_core::server_core(boost::asio::io_context& on, server_limits within, handler to, piecewise taken)
    : reactor(on), limits(within), handle(std::move(to)), bodies(std::move(taken)), deadlines(on, [this](millis now) {
        return sweep(now);
      }) {}

void server_core::add(std::shared_ptr<connection> joined) {
  joined->place = connections.size();
  connections.push_back(std::move(joined));
  open.store(connections.size(), std::memory_order_relaxed);
}

void server_core::remove(connection& left) noexcept {
  std::size_t const place = left.place;
  if (place >= connections.size() || connections[place].get() != &left) return;
  if (place + 1 < connections.size()) {
    connections[place] = std::move(connections.back());
    connections[place]->place = place;
  }
  connections.pop_back();
  open.store(connections.size(), std::memory_order_relaxed);
}

void server_core::stop() {
  stopped = true;
  deadlines.stop();
  while (!connections.empty()) connections.back()->close();
}

void server_core::drain() {
  draining = true;
  auto const all = connections;
  for (auto const& one : all) one->drain();
}

millis server_core::sweep(millis now) {
  millis next = never;
  for (std::size_t i = connections.size(); i-- > 0;) {  // backwards: one that closes is replaced by one already seen
    if (i < connections.size()) next = std::min(next, connections[i]->sweep(now));
  }
  return next;
}

std::string_view server_core::date() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != date_second_) {
    date_second_ = now.tv_sec;
    date_ = imf_date(now.tv_sec);
  }
  return date_;
}

void server_core::fault(const char* what) {
  constexpr millis told_again_after_ms = 1000;
  count(faults);
  millis const now = steady_now_ms();
  if (now < tell_fault_at_) return;
  tell_fault_at_ = now + told_again_after_ms;
  log::error("a request's handler failed, and its client got 500: " + std::string(what) +
             "; this is a defect, please report it");
}

struct server::state : server_core {
  using server_core::server_core;
};

server::server(boost::asio::io_context& reactor, server_limits limits, handler handle, piecewise bodies)
    : state_(std::make_shared<state>(reactor, limits, std::move(handle), std::move(bodies))) {}

server::~server() {
  state_->stop();
}

void server::adopt(int socket) {
  server_core::count(state_->accepted);
  std::size_t const open = state_->connections.size();
  int const on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  bool const known = ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (!known || state_->stopped || open >= state_->limits.connections_max + refused_at_once_max) {
    server_core::count(state_->refused);
    ::close(socket);
    return;
  }
  tcp_socket taken(state_->reactor);
  boost::system::error_code failed;
  using boost::asio::ip::tcp;
  taken.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket, failed);
  if (failed) {
    server_core::count(state_->refused);
    ::close(socket);
    return;
  }
  taken.non_blocking(true, failed);
  auto const joined = std::make_shared<connection>(state_, std::move(taken));
  state_->add(joined);
  if (open >= state_->limits.connections_max) {
    joined->start_refused();
  } else {
    joined->start();
  }
}

void server::drain() {
  state_->drain();
}

std::int64_t server::room() const noexcept {
  return static_cast<std::int64_t>(state_->limits.connections_max) -
         static_cast<std::int64_t>(state_->open.load(std::memory_order_relaxed));
}

server_counts& server_counts::operator+=(const server_counts& other) noexcept {
  accepted += other.accepted;
  open += other.open;
  requests += other.requests;
  refused += other.refused;
  faults += other.faults;
  slow += other.slow;
  return *this;
}

server_counts server::counts() const noexcept {
  constexpr auto relaxed = std::memory_order_relaxed;
  return {state_->accepted.load(relaxed), state_->open.load(relaxed),   state_->requests.load(relaxed),
          state_->refused.load(relaxed),  state_->faults.load(relaxed), state_->slow.load(relaxed)};
}

}  // namespace sagad::http
