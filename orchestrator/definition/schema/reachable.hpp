#pragma once

#include <string>
#include <vector>

#include "definition/node.hpp"

namespace sagad::definition {

/// Why no value that fits the schema has anything at `path`; empty where it may have. Tells of what the schema rules
/// out for certain: a member that is not among `properties` where `additionalProperties` is false, and what is inside a
/// plain value.
std::string unreachable(const node& schema, const std::vector<std::string>& path);

}  // namespace sagad::definition
