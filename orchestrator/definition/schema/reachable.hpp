#pragma once

#include <string>
#include <vector>

#include "definition/node.hpp"

namespace sagad::definition {

/// Why no value that fits the schema has anything at `path`; empty where it may have. Tells of what the schema rules
/// out for certain: a member that is not among `properties` where `additionalProperties` is false, and what is inside a
/// plain value.
std::string unreachable(const node& schema, const std::vector<std::string>& path);

/// What to write where a part of `path` is not among the names that the schema speaks of and nearly is one of them;
/// empty otherwise, and where the schema says of others what they may be. A schema that does not close an object lets
/// anything in, so a misspelt name would be found by the first saga only.
std::string likely_misspelt(const node& schema, const std::vector<std::string>& path);
/// The same of a member of what fits `schema`, a part of `root`, which has the `$defs`.
std::string likely_misspelt(const node& schema, const node& root, const std::string& name);

}  // namespace sagad::definition
