#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <optional>
#include <thread>

#include "http/server.hpp"

namespace sagad::test {

/// An io_context on a thread of its own, until the end of the scope.
class running_reactor {
 public:
  running_reactor() : work_(context_.get_executor()), thread_([this] { context_.run(); }) {}
  ~running_reactor() { stop(); }

  void stop() {
    work_.reset();
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  boost::asio::io_context& context() { return context_; }

  /// Runs it on the reactor's thread and waits for its result.
  template <class F>
  auto on_thread(F what) {
    std::packaged_task<decltype(what())()> task(std::move(what));
    auto result = task.get_future();
    boost::asio::post(context_, [&task] { task(); });
    return result.get();
  }

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

/// A server on a free port of the loopback, on its own thread.
class running_server {
 public:
  explicit running_server(http::handler handle, http::server_limits limits = {}, http::piecewise bodies = {}) {
    reactor_.on_thread([&] {
      server_.emplace(reactor_.context(), limits, std::move(handle), std::move(bodies));
      listener_.emplace(reactor_.context(), "127.0.0.1:0",
                        std::vector<http::listener::target>{{&reactor_.context(), &*server_}});
    });
  }
  ~running_server() {
    reactor_.on_thread([&] {
      listener_.reset();
      server_.reset();
    });
  }

  std::uint16_t port() const { return listener_->port(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }
  http::server& server() { return *server_; }
  running_reactor& reactor() { return reactor_; }
  void drain() {
    reactor_.on_thread([&] { server_->drain(); });
  }

 private:
  running_reactor reactor_;
  std::optional<http::server> server_;
  std::optional<http::listener> listener_;
};

}  // namespace sagad::test
