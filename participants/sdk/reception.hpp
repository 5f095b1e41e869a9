#pragma once

#include <cstdint>

namespace sagad::participants {

/// What the coordinator said to a late answer.
enum class reception : std::uint8_t {
  over,     ///< it is recorded (204), another outcome stands (409) or nobody awaits it (410)
  later,    ///< nobody was there, or asks to come again: 5xx, 408, 425, 429, no answer
  refused,  ///< everything else: not what a coordinator's callback says, so this may be the wrong place
};

/// `status` 0: no answer came.
constexpr reception reception_of(int status) noexcept {
  if (status == 204 || status == 409 || status == 410) return reception::over;
  if (status == 0 || status >= 500 || status == 408 || status == 425 || status == 429) return reception::later;
  return reception::refused;
}

}  // namespace sagad::participants
