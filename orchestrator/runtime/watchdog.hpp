#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace sagad::runtime {

/// What a reactor's thread does in a turn.
enum class turn_part : std::uint8_t {
  handler,  ///< one handler of the io_context: a request, an answer, a post
  journal,  ///< handing over, or writing and syncing on this thread
  settled,  ///< acting on what became durable
  time,     ///< timers
  recovery,
  audit,
};

/// Counts how often a reactor was held too long by one thing, during which all its connections and sagas wait. A value.
class watchdog {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  static constexpr std::size_t parts = 6;
  static constexpr nanoseconds bound = std::chrono::milliseconds(1);
  /// A reactor that is held so long serves nobody: somebody should know.
  static constexpr nanoseconds alarming = std::chrono::seconds(1);

  struct held {
    std::uint64_t overruns = 0;  ///< times that it took longer than `bound`
    nanoseconds longest{0};      ///< ever
  };

  /// Whether it took alarmingly long.
  bool spent(turn_part on, nanoseconds time) noexcept {
    if (time <= bound) return false;
    auto& of = parts_[static_cast<std::size_t>(on)];
    ++of.overruns;
    if (time > of.longest) of.longest = time;
    return time >= alarming;
  }

  const held& of(turn_part on) const noexcept { return parts_[static_cast<std::size_t>(on)]; }

  watchdog& operator+=(const watchdog& other) noexcept {
    for (std::size_t at = 0; at < parts; ++at) {
      parts_[at].overruns += other.parts_[at].overruns;
      if (other.parts_[at].longest > parts_[at].longest) parts_[at].longest = other.parts_[at].longest;
    }
    return *this;
  }

 private:
  std::array<held, parts> parts_{};
};

constexpr std::string_view name(turn_part on) noexcept {
  constexpr std::array<std::string_view, watchdog::parts> words{"handler", "journal",  "settled",
                                                                "time",    "recovery", "audit"};
  return words[static_cast<std::size_t>(on)];
}

}  // namespace sagad::runtime
