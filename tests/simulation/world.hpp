#pragma once

#include <cstdint>
#include <queue>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/moment.hpp"
#include "base/unique_function.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/process_ended.hpp"
#include "tests/simulation/weather.hpp"

namespace sagad::simulation {

/// An invariant of semantics.md 11 that does not hold: the run ends.
struct violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Virtual time and what is to happen in it: one queue, one thread, one source of randomness. Everything else of a run
/// lives in it.
class world final {
 public:
  explicit world(std::uint64_t seed) : random(seed) {}

  millis now() const noexcept { return now_; }
  /// The wall clock of the coordinator's machine.
  millis wall() const noexcept { return now_ + wall_ahead_ms_; }
  void let_wall_clock_jump();
  void after(millis delay_ms, unique_function<void()> what) {
    queue_.push({now_ + delay_ms, ++queued_, std::move(what)});
  }
  bool empty() const noexcept { return queue_.empty(); }
  millis next_at() const noexcept { return queue_.empty() ? never : queue_.top().at; }
  /// Runs what is next, and moves time there.
  void step() {
    auto what = std::move(const_cast<happening&>(queue_.top()).what);
    now_ = queue_.top().at;
    queue_.pop();
    what();
  }
  void move_to(millis at) noexcept { now_ = at; }

  bool chance(unsigned permille) noexcept { return random.chance(permille); }
  /// Whether bad weather of this kind strikes now, in permille of the occasions; counted.
  template <unsigned simulation::weather::*Kind>
  bool strikes() noexcept {
    return count<Kind>(chance(weather.*Kind));
  }
  /// The same in permille of a permille.
  template <unsigned simulation::weather::*Kind>
  bool strikes_rarely(unsigned times = 1) noexcept {
    return count<Kind>(random.below(1'000'000) < weather.*Kind * times);
  }

  /// It strikes.
  template <unsigned simulation::weather::*Kind>
  void note() noexcept {
    count<Kind>(true);
  }

  /// The process dies here, where something leaves it, or does not. Throws process_ended.
  void may_die(const char* where) {
    if (!strikes_rarely<&weather::dies_at_effect>()) return;
    say(std::string("killed ") + where);
    throw process_ended{};
  }

  simulation::dice random;
  simulation::weather weather;
  weather_counts struck{};  ///< how often
  static constexpr unsigned nobody = ~0U;
  unsigned acting = 0;  ///< the number of the node whose code runs
  bool verbose = false;
  void say(const std::string& line) const;

 private:
  struct happening {
    millis at;
    std::uint64_t number;
    unique_function<void()> what;
    friend bool operator<(const happening& left, const happening& right) noexcept {
      return left.at != right.at ? left.at > right.at : left.number > right.number;
    }
  };

  template <unsigned simulation::weather::*Kind>
  bool count(bool now) noexcept {
    constexpr auto number = number_of(Kind);
    if (now) ++struck[number];
    return now;
  }

  static constexpr millis beginning = 1'700'000'000'000;
  millis now_ = beginning;
  millis wall_ahead_ms_ = 0;
  std::uint64_t queued_ = 0;
  std::priority_queue<happening> queue_;
};

}  // namespace sagad::simulation
