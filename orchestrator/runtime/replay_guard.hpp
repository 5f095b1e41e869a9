#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/saga_id.hpp"

namespace sagad::runtime {

/// Remembers which saga a reactor is replaying, in a file that is mapped into memory and so outlives the process: a
/// saga in whose replay the process died is quarantined in time, instead of ending every life of the coordinator.
/// Who kills a process does not look at what it does just then, nor does the death in one reactor's saga look at the
/// others', which are replayed in the same order each time. So after two deaths in a row it is tried a last time, by
/// itself, when the others go on: another death is its own fault. Each reactor uses its own slot, numbered below
/// `slots`. Thread-safe.
class replay_guard {
 public:
  static constexpr std::size_t slots = 64;
  enum class standing : std::uint8_t {
    good,
    suspected,  ///< to be replayed apart from the others
    poisoned,
  };
  static constexpr std::uint32_t deaths_suspected = 2;
  static constexpr std::uint32_t deaths_max = 3;

  /// Takes stock of what the process before was doing when it ended. Throws std::system_error naming the file.
  explicit replay_guard(const std::string& file);
  ~replay_guard();
  replay_guard(const replay_guard&) = delete;
  replay_guard& operator=(const replay_guard&) = delete;

  standing standing_of(const saga_id& saga) const noexcept;
  void begin(std::size_t slot, const saga_id& saga) noexcept;
  /// It was replayed and the process lives: nothing is held against it any more.
  void end(std::size_t slot) noexcept;

 private:
  static constexpr std::size_t suspects_max = 64;
  struct suspect {
    saga_id saga;
    std::uint32_t deaths = 0;
  };
  struct contents {
    std::array<saga_id, slots> replaying;
    std::array<suspect, suspects_max> suspects;
  };
  void accuse(const saga_id& saga) noexcept;

  contents* kept_;
  mutable std::mutex guard_;  // of the suspects; a slot is one thread's
};

}  // namespace sagad::runtime
