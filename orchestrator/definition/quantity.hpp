#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/moment.hpp"

namespace sagad::definition {

inline constexpr millis day_ms = 86'400'000;

/// `250ms`, `30s`, `10m`, `24h`, `7d`: a whole number and its unit. Nothing for anything else, and past 10 years.
std::optional<millis> parse_duration(std::string_view text) noexcept;

/// The duration that was most likely meant by what is none: `2 s`, `1.5s`, `1m30s`, `2 minutes`. Nothing where nobody
/// knows.
std::optional<millis> likely_duration(std::string_view text);

/// In the largest unit that gives a whole number; 0 is `0s`.
std::string duration_text(millis duration);

/// `2`, `1.5`, `1.25`: a number from 1 to 100, times 1000. Nothing for anything else, as what needs more than three
/// places.
std::optional<std::uint32_t> parse_factor(std::string_view json_number);

std::string factor_text(std::uint32_t permille);

/// `[a-z][a-z0-9_-]{0,63}`: of sagas, steps and participants.
bool is_name(std::string_view text) noexcept;

}  // namespace sagad::definition
