#pragma once

#include <cstdint>
#include <string>

#include "base/moment.hpp"

namespace sagad::runtime {

/// Lines that somebody should act on, bounded: an outage that makes thousands of sagas stuck writes a few lines and
/// then how many more there were. One thread.
class alerts {
 public:
  static constexpr std::uint32_t lines_max = 20;
  static constexpr millis window_ms = 10'000;

  void tell(millis now, const std::string& line);
  /// Says how many lines were left out, once their window is over. To be called now and then.
  void look(millis now);

 private:
  millis window_began_ = 0;
  std::uint32_t lines_ = 0;
};

}  // namespace sagad::runtime
