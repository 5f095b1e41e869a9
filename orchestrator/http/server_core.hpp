#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "http/connection.hpp"
#include "http/server.hpp"
#include "http/sweeper.hpp"

namespace sagad::http {

/// What a server's connections share. One thread, except for the counters' readers.
struct server_core {
  server_core(boost::asio::io_context& on, server_limits within, handler to, piecewise taken);

  void add(std::shared_ptr<connection> joined);
  void remove(connection& left) noexcept;
  void stop();
  void drain();
  millis sweep(millis now);
  std::string_view date();  ///< of now, for the Date header
  /// A handler threw: counted, and told to the log at most once a second.
  void fault(const char* what);
  static void count(std::atomic<std::uint64_t>& counter) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  boost::asio::io_context& reactor;
  server_limits limits;
  handler handle;
  piecewise bodies;
  std::vector<std::shared_ptr<connection>> connections;
  sweeper deadlines;
  std::size_t unread_bytes = 0;  ///< of answers that wait for their clients to read them
  bool draining = false;
  bool stopped = false;
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> open{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> faults{0};
  std::atomic<std::uint64_t> slow{0};

 private:
  millis tell_fault_at_ = 0;
  std::string date_;
  std::int64_t date_second_ = 0;
};

}  // namespace sagad::http
