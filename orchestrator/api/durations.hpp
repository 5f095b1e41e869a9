#pragma once

#include <optional>
#include <string_view>

#include "base/moment.hpp"

namespace sagad::api {

/// `500ms`, `10s`, `5m`, `24h`; nothing for anything else (a number needs its unit) or past a year.
std::optional<millis> parse_duration(std::string_view text) noexcept;

}  // namespace sagad::api
