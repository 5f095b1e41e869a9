#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "config/mistakes.hpp"
#include "config/node.hpp"

namespace sagad::config {

inline constexpr std::size_t nesting_max = 16;

/// Reads one YAML document without anchors, aliases, tags and doubled names into a tree; nothing when that fails. An
/// empty text is an empty mapping. `name` is the file's, for the mistakes.
std::optional<node> read_yaml(const std::string& text, const std::string& name, mistakes& found);

}  // namespace sagad::config
