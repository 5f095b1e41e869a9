#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include "runtime/core.hpp"
#include "runtime/drift_watch.hpp"

namespace sagad::runtime {

/// Makes a reactor's way to call participants; answers go to the sink, on the reactor's thread.
using make_caller =
    std::function<std::unique_ptr<dispatch::caller>(boost::asio::io_context&, std::function<void(dispatch::answer&&)>)>;

/// What all reactors share.
struct shared_parts {
  journal::store& store;
  catalog& definitions;
  const clock& time;
  const callback_signer& signer;
  replay_guard* guard = nullptr;
  journal::shared_store* shared = nullptr;  ///< the store, where several nodes share it
};

/// One thread, one io_context, one core. Connections and participant pools live on its context; whoever else wants
/// something of the core posts to it.
class reactor {
 public:
  /// What a core has where several nodes share the journal, and the runtime does.
  struct helpers {
    decltype(surroundings::look_on) look_on;
    decltype(surroundings::load_beside) load_beside;
  };

  reactor(core_options options, const shared_parts& parts, const make_caller& caller, helpers with);
  ~reactor();

  boost::asio::io_context& context() noexcept { return context_; }
  core& sagas() noexcept { return *core_; }
  /// What its core has counted, and what has held this thread. On this reactor.
  counters counted() const;

  /// Nothing new begins from now on; ready when no exchange is open and all is durable. From any thread, once.
  std::future<void> drain();

  /// Runs until `stop`, on the calling thread.
  void run();
  void stop();

  /// Runs `task` on this reactor once it has run what waits for it already.
  template <typename Task>
  void later(Task&& task) {
    boost::asio::post(context_, std::forward<Task>(task));
  }

  /// Runs `task` on this reactor: at once when already there, else posted.
  template <typename Task>
  void on(Task&& task) {
    if (std::this_thread::get_id() == thread_.load(std::memory_order_relaxed)) {
      task();
    } else {
      boost::asio::post(context_, std::forward<Task>(task));
    }
  }

 private:
  void woken();
  bool turn();
  std::size_t handle_ready(std::size_t most);
  bool hand_over(bool nothing_else_ready);
  bool load_some();
  void look_at_clock(millis now);
  void sleep(std::chrono::milliseconds bound);
  void held(turn_part part, std::chrono::nanoseconds time);
  struct measured;

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  std::atomic<std::thread::id> thread_{};
  std::atomic<bool> settled_{false};
  std::atomic<bool> stopped_{false};
  const clock& time_;
  const bool watches_clock_;  ///< one of all reactors does
  millis clock_looked_at_ = 0;
  drift_watch drift_;
  std::unique_ptr<journal::appender> appender_;
  std::unique_ptr<dispatch::caller> caller_;
  std::unique_ptr<core> core_;
  millis audited_at_ = 0;
  watchdog watchdog_;
  std::optional<std::promise<void>> drained_;
};

}  // namespace sagad::runtime
