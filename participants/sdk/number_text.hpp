#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sagad::participants {

/// What a JSON number is worth as an integer of 64 bits, however it is written (`7`, `7.0`, `70e-1`); empty when it has
/// a fraction or passes 64 bits. Exact: no digit goes through a double. `text` must be a JSON number.
std::optional<std::int64_t> integer_worth(std::string_view text);

}  // namespace sagad::participants
