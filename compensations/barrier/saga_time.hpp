#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sagad::barrier {

inline constexpr std::size_t saga_id_size = 26;

/// When a saga began, in milliseconds since 1970, out of its id: 128 bits as 26 characters of upper-case Crockford
/// base32, most significant first and right-aligned in 130 bits; the first 48 bits are the time. Empty for what is no
/// such id.
std::optional<std::int64_t> saga_time_ms(std::string_view saga) noexcept;

/// The smallest id that a saga of this millisecond can have: ids sort as their times do. Times outside 48 bits are
/// brought to the nearest end.
std::string earliest_saga_id(std::int64_t time_ms);

}  // namespace sagad::barrier
