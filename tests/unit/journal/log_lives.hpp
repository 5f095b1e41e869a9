#pragma once

#include <csignal>
#include <functional>
#include <map>

#include "log_fixture.hpp"

namespace sagad::journal::tests {

/// Of the moments in which a life may end, one in so many is tried: each, but for the address sanitizer, with which a
/// life takes ten times as long and which looks for faults that any life shows.
#ifdef __SANITIZE_ADDRESS__
inline constexpr int moments_apart = 4;
#else
inline constexpr int moments_apart = 1;
#endif

/// A log on which child processes live and die, each appending random entries and telling what was settled; what was
/// told must be there afterwards.
class log_lives : public log_test {
 protected:
  void SetUp() override;

  /// A child process opens the log, lives `rounds` rounds on it and is killed after `last`, unless it dies before.
  /// What it told is added to what must be there. Returns its exit status, 0 when it was killed.
  int live_and_die(std::uint64_t seed, int rounds, const std::function<void()>& prepare,
                   const std::function<void()>& last = {});

  /// Opens the log. All that was told is there, in its order and once, unless it is past its retention; what was not
  /// told is there as a prefix of what was appended.
  void check();

  void check_scan(std::map<std::uint64_t, std::uint32_t>& seen);
  void check_saga(std::uint64_t number, std::uint32_t settled, std::uint32_t seen);

  /// What must be there.
  struct memory {
    std::map<std::uint64_t, std::uint32_t> settled;  ///< by saga
    std::map<std::uint64_t, millis> ends;            ///< when, whether it came so far or not
    std::uint64_t ended = 0;
    millis time = 0;  ///< of the newest record
    std::uint64_t definitions = 0;
  };
  memory told_;
  std::uint64_t lives_ = 0;
  bool trims_ = false;   ///< the children trim the log
  long kill_after_ = 0;  ///< so many reports the child is killed; 0: not
};

}  // namespace sagad::journal::tests
