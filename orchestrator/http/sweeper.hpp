#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "base/moment.hpp"

namespace sagad::http {

/// One timer for many deadlines that mostly move away before they pass: nobody cancels anything. `want` a time; when it
/// comes, `scan(now)` looks at everything, acts on what is due and returns the next time (or `never`). One thread.
class sweeper {
 public:
  using executor = boost::asio::io_context::executor_type;
  using timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, executor>;

  sweeper(boost::asio::io_context& reactor, std::function<millis(millis)> scan);
  ~sweeper();
  sweeper(const sweeper&) = delete;
  sweeper& operator=(const sweeper&) = delete;

  /// At that time of steady_now_ms() at the latest, `scan` is called (within a few milliseconds).
  void want(millis at) {
    if (at < at_) arm(at);
  }
  void stop();

 private:
  struct fired;
  void arm(millis at);
  void on_timer();

  timer timer_;
  std::function<millis(millis)> scan_;
  millis at_ = never;
  bool stopped_ = false;
  std::shared_ptr<sweeper*> alive_;  ///< empties when this ends: a timer's handler may still be on its way
};

}  // namespace sagad::http
