#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/moment.hpp"

namespace sagad::config {

/// `64MiB`, `4096B` as bytes, or in a sentence why it is none. A number without its unit is none.
std::variant<std::uint64_t, std::string> parse_bytes(std::string_view text);
/// `500ms`, `10s`, `5m`, `24h`, `7d` as milliseconds, or why it is none.
std::variant<std::uint64_t, std::string> parse_duration(std::string_view text);
/// A whole number in decimal digits, or why it is none.
std::variant<std::uint64_t, std::string> parse_count(std::string_view text);

/// The shortest of what the parsers read as this very value.
std::string format_bytes(std::uint64_t bytes);
std::string format_duration(millis duration);

}  // namespace sagad::config
