#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <charconv>
#include <chrono>
#include <system_error>
#include <utility>

#include "http/server.hpp"
#include "http/sweeper.hpp"

namespace sagad::http {
namespace {

using boost::asio::ip::tcp;
constexpr int backlog = 4096;
constexpr std::chrono::milliseconds pause_when_out_of_descriptors{100};

/// A descriptor on its way to another thread: closed when it never arrives.
class travelling_socket {
 public:
  explicit travelling_socket(int socket) : socket_(socket) {}
  travelling_socket(travelling_socket&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  travelling_socket& operator=(travelling_socket&&) = delete;
  ~travelling_socket() {
    if (socket_ >= 0) ::close(socket_);
  }
  int release() noexcept { return std::exchange(socket_, -1); }

 private:
  int socket_;
};

std::string advice_for(int error) {
  switch (error) {
    case EADDRINUSE: return " (another process has that port: end it, or take another one)";
    case EADDRNOTAVAIL: return " (this machine has no such address: take one of its own, or 0.0.0.0)";
    case EACCES: return " (ports below 1024 need a right of their own: take a higher one)";
    default: return {};
  }
}

[[noreturn]] void refuse(const std::string& address, const boost::system::error_code& why) {
  throw std::system_error(why.value(), std::system_category(), "cannot listen on " + address + advice_for(why.value()));
}

tcp::endpoint parse_address(const std::string& address) {
  boost::system::error_code const invalid(EINVAL, boost::system::system_category());
  auto const colon = address.rfind(':');
  if (colon == std::string::npos) refuse(address, invalid);
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  auto const* const end = address.data() + address.size();
  auto const read = std::from_chars(address.data() + colon + 1, end, port);
  if (read.ec != std::errc() || read.ptr != end) refuse(address, invalid);
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code failed;
  auto const at = boost::asio::ip::make_address(host, failed);
  if (failed) refuse(address, failed);
  return {at, port};
}

using acceptor_type = boost::asio::basic_socket_acceptor<tcp, boost::asio::io_context::executor_type>;

void take_address(acceptor_type& acceptor, const std::string& address) {
  auto const at = parse_address(address);
  boost::system::error_code failed;
  acceptor.open(at.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor.bind(at, failed);
  if (failed) refuse(address, failed);
}

}  // namespace

struct listener::state : std::enable_shared_from_this<state> {
  struct place {
    target to;
    std::shared_ptr<std::atomic<std::int64_t>> on_the_way = std::make_shared<std::atomic<std::int64_t>>(0);
  };

  state(boost::asio::io_context& on, const std::vector<target>& targets)
      : reactor(on), acceptor(on), pause(on.get_executor()) {
    for (auto const& one : targets) places.push_back({one});
  }

  void open(const std::string& address) {
    take_address(acceptor, address);
    boost::system::error_code failed;
    acceptor.listen(backlog, failed);
    if (!failed) acceptor.non_blocking(true, failed);
    if (failed) refuse(address, failed);
    port = acceptor.local_endpoint().port();
  }

  void await() {
    acceptor.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](boost::system::error_code failed) {
      if (!failed && self->acceptor.is_open()) self->take_all();
    });
  }

  void take_all() {
    constexpr int turn_max = 64;
    for (int taken = 0; taken < turn_max; ++taken) {
      int const socket = ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket >= 0) {
        deal(travelling_socket(socket));
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        return rest();
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        break;
      }
    }
    await();
  }

  void rest() {
    pause.expires_after(pause_when_out_of_descriptors);
    pause.async_wait([self = shared_from_this()](boost::system::error_code failed) {
      if (!failed && self->acceptor.is_open()) self->take_all();
    });
  }

  void deal(travelling_socket socket) {
    auto const room = [](const place& one) { return one.to.to->room() - one.on_the_way->load(); };
    auto const& most = *std::max_element(places.begin(), places.end(),
                                         [&](const place& a, const place& b) { return room(a) < room(b); });
    if (most.to.reactor == &reactor) return most.to.to->adopt(socket.release());
    most.on_the_way->fetch_add(1);
    boost::asio::post(*most.to.reactor,
                      [to = most.to.to, counter = most.on_the_way, moved = std::move(socket)]() mutable {
                        to->adopt(moved.release());
                        counter->fetch_sub(1);
                      });
  }

  void stop() {
    boost::system::error_code ignored;  // an acceptor that cannot be closed is closed with its object
    acceptor.close(ignored);
    pause.cancel();
  }

  boost::asio::io_context& reactor;
  acceptor_type acceptor;
  sweeper::timer pause;
  std::vector<place> places;
  std::uint16_t port = 0;
};

listener::listener(boost::asio::io_context& reactor, const std::string& address, std::vector<target> targets)
    : state_(std::make_shared<state>(reactor, targets)) {
  state_->open(address);
  boost::asio::post(reactor, [state = state_] {
    if (state->acceptor.is_open()) state->await();
  });
}

listener::~listener() {
  stop();
}

void listener::check(const std::string& address) {
  boost::asio::io_context unused;
  acceptor_type acceptor(unused);
  take_address(acceptor, address);
}

std::uint16_t listener::port() const noexcept {
  return state_->port;
}

void listener::stop() {
  boost::asio::dispatch(state_->reactor, [state = state_] { state->stop(); });
}

}  // namespace sagad::http
