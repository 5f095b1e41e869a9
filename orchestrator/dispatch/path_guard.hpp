#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sagad::dispatch {

/// Whether a rendered target (path with query) stays below one of the prefixes, however its segments are decoded on the
/// other side: no `.` or `..` segment, encoded or not, no backslash, no control character or space. Prefixes are whole
/// segments: `/v1` and `/v1/` allow `/v1` and `/v1/x`, not `/v10`. Pure.
bool is_within(std::string_view target, std::span<const std::string> prefixes);

}  // namespace sagad::dispatch
