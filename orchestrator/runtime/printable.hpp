#pragma once

#include <string>
#include <string_view>

namespace sagad::runtime {

/// What a participant said, safe to keep and to show: at most 2 KiB, control characters and what is not UTF-8 replaced
/// by `?`.
std::string printable(std::string_view text);

}  // namespace sagad::runtime
