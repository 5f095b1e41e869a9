#include "tests/simulation/fibers.hpp"

#include <cxxabi.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "tests/simulation/process_ended.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace sagad::simulation {
namespace {

using journal::log::condition;
using journal::log::thread;

constexpr std::size_t stack_bytes = 512U << 10U;

fibers* newest = nullptr;

/// Stacks are used again: a run has some lives, and each life some threads.
class stacks {
 public:
  ~stacks() {
    for (void* one : free_) ::munmap(one, stack_bytes);
  }
  void* take() {
    if (!free_.empty()) {
      void* last = free_.back();
      free_.pop_back();
      return last;
    }
    void* fresh = ::mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED) throw std::bad_alloc();
    // Who goes past the end of a stack must not write into another's.
    constexpr std::size_t page_bytes = 4096;
    ::mprotect(fresh, page_bytes, PROT_NONE);
    return fresh;
  }
  void give(void* one) { free_.push_back(one); }

 private:
  std::vector<void*> free_;
};

stacks& all_stacks() {
  static stacks all;
  return all;
}

}  // namespace

class fibers::waiting_place final : public condition {
 public:
  explicit waiting_place(fibers& of) : of_(of) {}
  void notify_one() noexcept override { of_.notify(*this, false); }
  void notify_all() noexcept override { of_.notify(*this, true); }
  void wait(std::unique_lock<std::mutex>& lock) override { of_.wait(*this, lock, std::nullopt); }
  bool wait_until(std::unique_lock<std::mutex>& lock, time_point time) override { return of_.wait(*this, lock, time); }
  time_point now() const override { return of_.now(); }

 private:
  fibers& of_;
};

class fibers::fiber final : public thread {
 public:
  fiber(fibers& of, std::function<void()> run) : of_(of), run_(std::move(run)), stack_(all_stacks().take()) {
    of_.all_.push_back(this);
    ::getcontext(&own_);
    own_.uc_stack.ss_sp = stack_;
    own_.uc_stack.ss_size = stack_bytes;
    own_.uc_link = nullptr;
  }
  ~fiber() override {
    std::erase(of_.all_, this);
    all_stacks().give(stack_);
  }
  fiber(const fiber&) = delete;
  fiber& operator=(const fiber&) = delete;

  void join() override { of_.finish(*this); }

  // From the simulation's own stack, and back to it when this one waits.
  void go_on() {
    if (!begun_) {
      begun_ = true;
      beginning = this;
      ::makecontext(&own_, &fiber::begin, 0);
    }
    in_flight_.swap();
#if defined(__SANITIZE_ADDRESS__)
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(&fake, stack_, stack_bytes);
#endif
    ::swapcontext(&back_, &own_);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
    in_flight_.swap();
  }

  void stop() {
#if defined(__SANITIZE_ADDRESS__)
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(finished ? nullptr : &fake, back_stack_, back_stack_bytes_);
#endif
    ::swapcontext(&own_, &back_);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake, &back_stack_, &back_stack_bytes_);
#endif
  }

  place waits;
  bool finished = false;

 private:
  /// What the language keeps a thread about exceptions in flight, which here must follow the stack.
  struct exceptions_in_flight {
    void* caught = nullptr;
    unsigned int uncaught = 0;

    void swap() noexcept {
      auto* of_thread = reinterpret_cast<exceptions_in_flight*>(abi::__cxa_get_globals());
      std::swap(caught, of_thread->caught);
      std::swap(uncaught, of_thread->uncaught);
    }
  };

  static inline fiber* beginning = nullptr;

  static void begin() {
    auto* self = beginning;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &self->back_stack_, &self->back_stack_bytes_);
#endif
    self->run();
    self->finished = true;
    self->stop();
  }

  void run() {
    try {
      if (!of_.ended_) run_();
    } catch (const process_ended&) {
      // It has been told.
    } catch (...) {
      of_.failure_ = std::current_exception();
    }
  }

  fibers& of_;
  std::function<void()> run_;
  void* stack_;
  bool begun_ = false;
  ucontext_t own_{};
  ucontext_t back_{};
  exceptions_in_flight in_flight_;
#if defined(__SANITIZE_ADDRESS__)
  const void* back_stack_ = nullptr;
  std::size_t back_stack_bytes_ = 0;
#endif
};

fibers::fibers(world& in) : world_(in), before_(std::exchange(newest, this)) {}

fibers::~fibers() {
  newest = before_;
}

void fibers::die(const std::string& why) {
  newest->world_.say("the process ends: " + why);
  newest->ended_ = true;
  throw process_ended{};
}

std::unique_ptr<condition> fibers::make_condition() {
  return std::make_unique<waiting_place>(*this);
}

std::unique_ptr<thread> fibers::start(priority, std::function<void()> run) {
  return std::make_unique<fiber>(*this, std::move(run));
}

fibers::time_point fibers::now() const {
  return time_point(std::chrono::milliseconds(world_.now()) + ahead_);
}

void fibers::resume(fiber& one) {
  running_ = &one;
  one.go_on();
  running_ = nullptr;
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

bool fibers::run_one() {
  std::vector<fiber*> able;
  for (auto* one : all_) {
    if (!one->finished && ready(one->waits)) able.push_back(one);
  }
  if (able.empty()) return false;
  resume(*able[world_.random.below(able.size())]);
  return true;
}

void fibers::yield() {
  if (running_ == nullptr) return;
  running_->stop();
  if (ended_) throw process_ended{};
}

millis fibers::next_at() const {
  millis next = never;
  for (const auto* one : all_) {
    if (one->finished) continue;
    if (ready(one->waits)) return world_.now();
    if (!one->waits.until) continue;
    const auto at = *one->waits.until - ahead_;
    next = std::min<millis>(next, std::chrono::ceil<std::chrono::milliseconds>(at.time_since_epoch()).count());
  }
  return next;
}

bool fibers::wait(const waiting_place& at, std::unique_lock<std::mutex>& lock, std::optional<time_point> until) {
  lock.unlock();
  auto& mine = running_ == nullptr ? own_ : running_->waits;
  mine = {&at, false, until};
  if (running_ == nullptr) {
    wait_on_own_stack();
  } else {
    running_->stop();
  }
  const bool notified = mine.notified;
  mine = {};
  lock.lock();
  if (ended_) throw process_ended{};
  return notified;
}

void fibers::wait_on_own_stack() {
  while (!ended_ && !ready(own_)) {
    if (!run_one()) let_time_pass();
  }
}

void fibers::let_time_pass() {
  auto next = own_.at != nullptr ? own_.until : std::nullopt;
  for (const auto* one : all_) {
    if (!one->finished && one->waits.until && (!next || *one->waits.until < *next)) next = one->waits.until;
  }
  if (!next) throw violation("every thread of the journal waits for another");
  ahead_ += std::chrono::ceil<std::chrono::milliseconds>(*next - now());
}

void fibers::notify(const waiting_place& at, bool all) noexcept {
  std::vector<place*> waiting;
  const auto collect = [&](place& one) {
    if (one.at == &at && !one.notified) waiting.push_back(&one);
  };
  collect(own_);
  for (auto* one : all_) collect(one->waits);
  if (waiting.empty()) return;
  if (!all) waiting = {waiting[world_.random.below(waiting.size())]};
  for (auto* one : waiting) one->notified = true;
}

void fibers::finish(fiber& one) {
  while (!one.finished) {
    if (ended_) {
      resume(one);
    } else if (!run_one()) {
      let_time_pass();
    }
  }
}

void fibers::end() {
  ended_ = true;
  for (auto* one : std::vector(all_)) finish(*one);
}

}  // namespace sagad::simulation
