#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/timestamps.hpp"

namespace sagad::sagactl {

using std::chrono::milliseconds;

/// `500ms`, `10s`, `5m`, `24h`, `7d`, as definitions have them; nothing for anything else (a number needs its unit).
std::optional<milliseconds> parse_duration(std::string_view text);
/// `850ms`, `12s`, `3m 5s`, `2h 10m`, `4d 3h`.
std::string duration_text(milliseconds much);
/// Milliseconds since 1970 as the server writes times: `2026-01-31T12:00:00.123Z`.
std::string timestamp_text(std::int64_t at);
/// `3m ago`, `in 12s`, seen at `now`; the text itself where it is no time.
std::string relative_text(std::string_view timestamp, std::int64_t now);

}  // namespace sagad::sagactl
