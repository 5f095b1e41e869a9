#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "journal/log/threads.hpp"
#include "tests/simulation/world.hpp"

namespace sagad::simulation {

/// One process's threads, all on the one that the simulation runs on: each has a stack of its own and goes on until it
/// waits, then somebody else does, drawn from the world's dice. Whoever holds a lock while others go on has lost: they
/// change where somebody waits, or yields, and nowhere else.
///
/// The simulation's own stack is one of them. When it waits for another, and all the others wait for a time, that time
/// has come: the process's clock is ahead of the world's then.
class fibers final : public journal::log::threads {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit fibers(world& in);
  /// All have ended.
  ~fibers() override;
  fibers(const fibers&) = delete;
  fibers& operator=(const fibers&) = delete;

  std::unique_ptr<journal::log::condition> make_condition() override;
  std::unique_ptr<journal::log::thread> start(priority wanted, std::function<void()> run) override;

  /// Lets one go on that can. False: none can.
  bool run_one();
  /// Others may go on before the caller does; nothing happens on the simulation's own stack.
  void yield();
  /// The process is dead: whoever waits or yields is thrown out by process_ended, now and from now on.
  void end();
  bool ended() const noexcept { return ended_; }
  /// The process that was made last, and is there, dies here.
  [[noreturn]] static void die(const std::string& why);

  time_point now() const;
  /// When one can go on, by the world's clock; `never`: all wait for something to happen.
  millis next_at() const;

 private:
  class waiting_place;
  class fiber;
  struct place {
    const waiting_place* at = nullptr;  ///< null: it does not wait
    bool notified = false;
    std::optional<time_point> until;
  };

  bool ready(const place& of) const { return of.at == nullptr || of.notified || (of.until && *of.until <= now()); }
  bool wait(const waiting_place& at, std::unique_lock<std::mutex>& lock, std::optional<time_point> until);
  void wait_on_own_stack();
  void notify(const waiting_place& at, bool all) noexcept;
  void resume(fiber& one);
  void finish(fiber& one);
  void let_time_pass();

  world& world_;
  fibers* before_;  ///< the process that is there beside this one
  std::vector<fiber*> all_;
  fiber* running_ = nullptr;
  place own_;
  std::chrono::milliseconds ahead_{0};
  bool ended_ = false;
  std::exception_ptr failure_;  ///< of one that ended as none may
};

}  // namespace sagad::simulation
