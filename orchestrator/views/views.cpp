#include "views/views.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "journal/give_way.hpp"

namespace sagad::views {
namespace {

// Below the reactors and the journal's writer, above nothing: what is left of a busy machine is enough to keep up.
constexpr int steps_below = 5;

std::int64_t steady_milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

views_options with_time(views_options options) {
  if (!options.keeper.budget.steady_milliseconds) options.keeper.budget.steady_milliseconds = steady_milliseconds;
  return options;
}

}  // namespace

views::views(views_options options, journal::store& store, definition_source definitions, std::function<millis()> now)
    : options_(with_time(std::move(options))),
      now_(now),
      keeper_(options_.keeper, store, std::move(definitions), std::move(now)) {
  publish();
}

views::~views() {
  stop();
}

void views::begin() {
  stopping_ = false;
  // Who asks right after the start finds what is little at once.
  keeper_.step();
  publish();
  thread_ = std::thread([this] { run(); });
}

void views::stop() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void views::ask(asked one) {
  one.until_ms = steady_milliseconds() + options_.after_ms_max;
  std::optional<problem> refused;
  {
    const std::lock_guard lock(guard_);
    if (stopping_) {
      refused = {problem_code::draining, "sagad is going down: ask again"};
    } else if (open_ >= options_.queries_max) {
      refused = {problem_code::overloaded, "too many lists are asked for at once: ask again"};
    } else {
      ++open_;
      asked_.push_back(std::move(one));
    }
  }
  if (refused) return one.tell(std::move(*refused));
  woken_.notify_one();
}

void views::find(query wanted, unique_function<void(find_result)> tell) {
  asked one;
  one.after = wanted.after;
  one.tell = [wanted = std::move(wanted), tell = std::move(tell)](std::variant<keeper*, problem> told) mutable {
    if (auto* refused = std::get_if<problem>(&told)) return tell(std::move(*refused));
    tell(std::get<keeper*>(told)->find(std::move(wanted)));
  };
  ask(std::move(one));
}

void views::in_flight(std::vector<definition_version> of, unique_function<void(in_flight_result)> tell) {
  asked one;
  one.tell = [of = std::move(of), tell = std::move(tell)](std::variant<keeper*, problem> told) mutable {
    if (auto* refused = std::get_if<problem>(&told)) return tell(std::move(*refused));
    tell(std::get<keeper*>(told)->in_flight(of));
  };
  ask(std::move(one));
}

void views::rebuild(unique_function<void(rebuild_result)> tell) {
  asked one;
  one.tell = [this, tell = std::move(tell)](std::variant<keeper*, problem> told) mutable {
    if (auto* refused = std::get_if<problem>(&told)) return tell(std::move(*refused));
    auto why_not = std::get<keeper*>(told)->begin_rebuild();
    publish();
    if (why_not) return tell(std::move(*why_not));
    tell(std::get<keeper*>(told)->rebuilt() + 1);
  };
  ask(std::move(one));
}

// Whoever sees that they were built anew sees what they show since, and that it is over.
standing views::measured() const noexcept {
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto rebuilt = rebuilt_.load(std::memory_order_acquire);
  return {as_of_.load(relaxed), sagas_.load(relaxed), rebuilt, rebuilding_.load(relaxed)};
}

void views::publish() {
  constexpr auto relaxed = std::memory_order_relaxed;
  as_of_.store(keeper_.as_of(), relaxed);
  sagas_.store(keeper_.rows(), relaxed);
  rebuilding_.store(keeper_.rebuilding(), relaxed);
  rebuilt_.store(keeper_.rebuilt(), std::memory_order_release);
  const std::lock_guard lock(guard_);
  in_the_way_ = keeper_.in_the_way();
}

std::string views::in_the_way() const {
  const std::lock_guard lock(guard_);
  return in_the_way_;
}

// Returns whether somebody waits for what may be in the journal by now.
bool views::take_asked() {
  const std::lock_guard lock(guard_);
  bool look = keeper_.rebuilding();
  for (auto& one : asked_) {
    look |= one.after && !keeper_.has(*one.after);
    waiting_.push_back(std::move(one));
  }
  asked_.clear();
  return look;
}

void views::answer_what_can_be() {
  const auto now = steady_milliseconds();
  std::size_t answered = 0;
  std::erase_if(waiting_, [&](asked& one) {
    if (!one.after || keeper_.has(*one.after)) {
      one.tell(&keeper_);
    } else if (now >= one.until_ms && keeper_.level()) {
      one.tell(problem{problem_code::invalid_argument,
                       "no record has the position of `after`: take it from a `Saga-Position` of this journal"});
    } else if (now >= one.until_ms) {
      one.tell(problem{problem_code::overloaded, "the views are " + std::to_string(now_() - keeper_.as_of()) +
                                                     " ms behind the journal and have not come to the position of "
                                                     "`after`: ask again"});
    } else {
      return false;
    }
    ++answered;
    return true;
  });
  const std::lock_guard lock(guard_);
  open_ -= answered;
}

void views::run() {
  journal::give_way(steps_below);
  static_cast<void>(pthread_setname_np(pthread_self(), "views"));
  std::chrono::steady_clock::time_point next_look;
  bool more = false;
  std::chrono::steady_clock::time_point rested;
  while (true) {
    const bool look = take_asked();
    const auto begun = std::chrono::steady_clock::now();
    if ((more && !keeper_.only_drops()) || look || begun >= next_look) {
      // From one begin to the next: what a step takes is no time that its successor may be late.
      next_look = begun + std::chrono::milliseconds(options_.write_every_ms);
      more = keeper_.step();
      publish();
    } else if (more && begun >= rested) {
      more = keeper_.drop_some();
      const auto ended = std::chrono::steady_clock::now();
      rested = ended + keeper_.rest_after(ended - begun);
      publish();
    }
    answer_what_can_be();
    std::unique_lock lock(guard_);
    if (stopping_) break;
    if ((more && !keeper_.only_drops()) || !asked_.empty()) continue;
    const auto next = more ? std::min(rested, next_look) : next_look;
    woken_.wait_until(lock, next, [this] { return stopping_ || !asked_.empty(); });
    if (stopping_) break;
  }
  take_asked();
  for (auto& one : waiting_) one.tell(problem{problem_code::draining, "sagad is going down: ask again"});
  waiting_.clear();
}

}  // namespace sagad::views
