#include "participants/sdk/http_server.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define _TURN_OFF_PLATFORM_STRING
#include <cpprest/http_listener.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "participants/sdk/problem.hpp"

namespace sagad::participants {
namespace {

namespace web_http = web::http;

/// Holds a port without listening on it. cpprestsdk cannot be asked for a free port; while this is bound (with
/// SO_REUSEADDR, as the library's own acceptor) nobody else is given the port, and the library can listen on it.
class reserved_port {
 public:
  reserved_port(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
      throw std::runtime_error("cannot listen: " + host + " is no address of this machine");
    }
    socket_ = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
    const int on = 1;
    const bool bound = socket_ >= 0 && setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                       bind(socket_, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    sockaddr_in where{};
    socklen_t size = sizeof where;
    if (!bound || getsockname(socket_, reinterpret_cast<sockaddr*>(&where), &size) != 0) {
      if (socket_ >= 0) close(socket_);
      throw std::runtime_error("cannot listen on " + host + ":" + std::to_string(port) + ": the port is taken");
    }
    number_ = ntohs(where.sin_port);
  }
  reserved_port(const reserved_port&) = delete;
  reserved_port& operator=(const reserved_port&) = delete;
  ~reserved_port() { close(socket_); }

  std::uint16_t number() const noexcept { return number_; }

 private:
  int socket_ = -1;
  std::uint16_t number_ = 0;
};

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

http_request head_of(const web_http::http_request& message) {
  http_request made;
  made.method = message.method();
  made.target = message.request_uri().to_string();
  for (const auto& [name, value] : message.headers()) made.headers.emplace_back(lower_case(name), value);
  return made;
}

}  // namespace

class http_server::listener : public std::enable_shared_from_this<listener> {
 public:
  listener(const std::string& host, std::uint16_t port, limits bounds, handler serve)
      : bounds_(bounds), serve_(std::move(serve)), reserved_(host, port) {
    web::uri_builder where;
    where.set_scheme("http").set_host(host).set_port(reserved_.number()).set_path("/");
    endpoint_ = std::make_unique<web_http::experimental::listener::http_listener>(where.to_uri());
  }

  void open() {
    endpoint_->support([self = weak_from_this()](const web_http::http_request& message) {
      if (const auto alive = self.lock()) alive->take(message);
    });
    try {
      endpoint_->open().get();
    } catch (const std::exception& error) {
      throw std::runtime_error("cannot listen on port " + std::to_string(reserved_.number()) + ": " + error.what());
    }
  }

  std::uint16_t port() const noexcept { return reserved_.number(); }

  void stop(std::chrono::milliseconds drain_max) {
    std::unique_lock lock(mutex_);
    if (closed_) return;
    stopping_ = true;
    idle_.wait_for(lock, drain_max, [this] { return open_ == 0; });
    closed_ = true;
    lock.unlock();
    endpoint_->close().wait();
  }

 private:
  void take(web_http::http_request message) {
    {
      const std::lock_guard lock(mutex_);
      ++open_;
      if (stopping_) {
        return send_locked_out(message);
      }
    }
    http_request head = head_of(message);
    if (auto refused = refusal_of(head)) {
      // The library would go on reading the body to its end before it answers; a closed buffer makes it give up.
      const auto reason = std::make_exception_ptr(std::length_error("body refused"));
      message.body().streambuf().close(std::ios_base::out, reason).then(observe);
      return send(message, std::move(*refused));
    }
    const auto self = shared_from_this();
    message.extract_vector().then([self, message, head](pplx::task<std::vector<unsigned char>> read) mutable {
      try {
        const auto bytes = read.get();
        head.body.assign(bytes.begin(), bytes.end());
      } catch (const std::exception&) {
        return self->send(message, problem_reply("body-cut", "the body ended early", 400,
                                                 "Send as many bytes as Content-Length says."));
      }
      self->serve_(std::move(head), [self, message](http_reply reply) { self->send(message, std::move(reply)); });
    });
  }

  std::optional<http_reply> refusal_of(const http_request& head) const {
    if (head.header("transfer-encoding") != nullptr) {
      return closing(problem_reply("length-required", "a body needs a Content-Length", 411,
                                   "Send the body whole, with Content-Length and without Transfer-Encoding."));
    }
    const std::string* length = head.header("content-length");
    if (length == nullptr) return std::nullopt;
    const bool digits = !length->empty() && std::all_of(length->begin(), length->end(),
                                                        [](unsigned char letter) { return std::isdigit(letter) != 0; });
    if (!digits) {
      return closing(problem_reply("content-length", "Content-Length is no number", 400, "Send it as plain digits."));
    }
    const std::size_t most = head.path().starts_with("/admin/") ? bounds_.admin_body_bytes_max : bounds_.body_bytes_max;
    if (length->size() <= 18 && std::stoull(*length) <= most) return std::nullopt;
    return closing(
        problem_reply("too-large", "the body is too large", 413, "Send at most " + std::to_string(most) + " bytes."));
  }

  static http_reply closing(http_reply reply) {
    reply.headers.emplace_back("Connection", "close");
    return reply;
  }

  void send_locked_out(const web_http::http_request& message) {
    http_reply reply =
        closing(problem_reply("stopping", "this participant is stopping", 503, "Ask again in a second."));
    reply.headers.emplace_back("Retry-After", "1");
    pending_reply(message, std::move(reply));
  }

  void send(const web_http::http_request& message, http_reply reply) { pending_reply(message, std::move(reply)); }

  void pending_reply(const web_http::http_request& message, http_reply reply) {
    web_http::http_response made(static_cast<web_http::status_code>(reply.status));
    made.set_body(std::move(reply.body), reply.content_type);
    for (const auto& [name, value] : reply.headers) made.headers().add(name, value);
    message.reply(made).then([self = shared_from_this()](pplx::task<void> written) {
      observe(written);
      const std::lock_guard lock(self->mutex_);
      if (--self->open_ == 0) self->idle_.notify_all();
    });
  }

  /// A client that went away is no error of ours, but an exception that nobody looks at ends the process.
  static void observe(pplx::task<void> ended) {
    try {
      ended.get();
    } catch (const std::exception&) {
      return;
    }
  }

  limits bounds_;
  handler serve_;
  reserved_port reserved_;
  std::unique_ptr<web_http::experimental::listener::http_listener> endpoint_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t open_ = 0;
  bool stopping_ = false;
  bool closed_ = false;
};

http_server::http_server(const std::string& host, std::uint16_t port, limits bounds, handler serve) {
  // Only the first call in a process counts; later ones throw.
  static const bool pool_made = [&bounds] {
    crossplat::threadpool::initialize_with_threads(bounds.threads);
    return true;
  }();
  static_cast<void>(pool_made);
  listener_ = std::make_shared<listener>(host, port, bounds, std::move(serve));
  listener_->open();
}

http_server::~http_server() {
  stop(std::chrono::milliseconds(0));
}

std::uint16_t http_server::port() const noexcept {
  return listener_->port();
}

void http_server::stop(std::chrono::milliseconds drain_max) {
  listener_->stop(drain_max);
}

}  // namespace sagad::participants
