#pragma once

#include <optional>
#include <string_view>

#include "base/moment.hpp"

namespace sagad::api {

/// `2026-05-04T10:20:30Z`, with or without a fraction of a second, or `2026-05-04`, its first moment in UTC; nothing
/// for anything else.
std::optional<millis> parse_timestamp(std::string_view text) noexcept;

}  // namespace sagad::api
