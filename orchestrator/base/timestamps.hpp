#pragma once

#include <optional>
#include <string_view>

#include "base/moment.hpp"

namespace sagad {

/// A time by RFC 3339, as in `2026-05-04T10:20:30Z` or `2026-05-04T12:20:30.5+02:00`, or `2026-05-04`, its first moment
/// in UTC; nothing for anything else. What is finer than a millisecond is cut; a leap second is the one after it.
std::optional<millis> parse_timestamp(std::string_view text) noexcept;

}  // namespace sagad
