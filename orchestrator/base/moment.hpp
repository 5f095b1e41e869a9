#pragma once

#include <cstdint>

namespace sagad {

/// Milliseconds since the Unix epoch, as *journal time*: never before the last record's, advanced by a monotonic clock
/// only.
using millis = std::int64_t;

/// "No such time": what waits for nothing has its next time here.
inline constexpr millis never = INT64_MAX;

/// Adds without overflow; `never` stays `never`.
constexpr millis later(millis at, millis by) noexcept {
  return at == never || at > never - (by < 0 ? 0 : by) ? never : at + by;
}

}  // namespace sagad
