#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "participants/sdk/service.hpp"

namespace sagad::participants {

/// Fits "/v1/items/{item}/rate" to a path, segment by segment; empty where it does not fit or a segment is badly
/// percent-encoded.
std::optional<path_values> fit_path(std::string_view pattern, std::string_view path);

/// The value of `name` in a query like `after=5&limit=10`, percent-decoded.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace sagad::participants
