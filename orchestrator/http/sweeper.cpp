#include "http/sweeper.hpp"

#include <algorithm>

#include "http/steady_clock.hpp"

namespace sagad::http {
namespace {
constexpr millis shortest_pause_ms = 2;  ///< between two scans
}

struct sweeper::fired {
  std::shared_ptr<sweeper*> to;
  void operator()(boost::system::error_code failed) const {
    if (!failed && *to != nullptr) (*to)->on_timer();
  }
};

sweeper::sweeper(boost::asio::io_context& reactor, std::function<millis(millis)> scan)
    : timer_(reactor.get_executor()), scan_(std::move(scan)), alive_(std::make_shared<sweeper*>(this)) {}

sweeper::~sweeper() {
  *alive_ = nullptr;
}

void sweeper::stop() {
  stopped_ = true;
  at_ = never;
  timer_.cancel();
}

void sweeper::arm(millis at) {
  if (stopped_) return;
  at_ = at;
  timer_.expires_after(std::chrono::milliseconds(std::max(at - steady_now_ms(), shortest_pause_ms)));
  timer_.async_wait(fired{alive_});
}

void sweeper::on_timer() {
  millis const now = steady_now_ms();
  if (now < at_) return arm(at_);
  at_ = never;
  millis const next = scan_(now);
  if (next < at_) arm(next);
}

}  // namespace sagad::http
