#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sagad::sagactl {

/// The lines of two texts, each behind a mark: `- ` only in the first, `+ ` only in the second, two spaces in both.
std::vector<std::string> line_diff(std::string_view first, std::string_view second);

}  // namespace sagad::sagactl
