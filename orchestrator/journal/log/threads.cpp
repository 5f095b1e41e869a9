#include "journal/log/threads.hpp"

#include <condition_variable>
#include <thread>
#include <utility>

#include "journal/give_way.hpp"

namespace sagad::journal::log {
namespace {

class real_condition final : public condition {
 public:
  void notify_one() noexcept override { changed_.notify_one(); }
  void notify_all() noexcept override { changed_.notify_all(); }
  void wait(std::unique_lock<std::mutex>& lock) override { changed_.wait(lock); }
  bool wait_until(std::unique_lock<std::mutex>& lock, std::chrono::steady_clock::time_point time) override {
    return changed_.wait_until(lock, time) == std::cv_status::no_timeout;
  }
  std::chrono::steady_clock::time_point now() const override { return std::chrono::steady_clock::now(); }

 private:
  std::condition_variable changed_;
};

class real_thread final : public thread {
 public:
  explicit real_thread(std::function<void()> run) : thread_(std::move(run)) {}
  void join() override { thread_.join(); }

 private:
  std::thread thread_;
};

class operating_systems_threads final : public threads {
 public:
  std::unique_ptr<condition> make_condition() override { return std::make_unique<real_condition>(); }

  std::unique_ptr<thread> start(priority wanted, std::function<void()> run) override {
    if (wanted == priority::usual) return std::make_unique<real_thread>(std::move(run));
    return std::make_unique<real_thread>([run = std::move(run)] {
      constexpr int steps = 10;
      give_way(steps);
      run();
    });
  }
};

}  // namespace

std::shared_ptr<threads> real_threads() {
  return std::make_shared<operating_systems_threads>();
}

}  // namespace sagad::journal::log
