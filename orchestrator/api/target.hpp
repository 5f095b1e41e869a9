#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sagad::api {

/// A request's target, taken apart: path segments and query parameters, percent-decoded.
struct target {
  std::vector<std::string> path;
  std::vector<std::pair<std::string, std::string>> query;

  /// Empty for a target that is not an absolute path, or whose percent-encoding is broken.
  static std::optional<target> parse(std::string_view text);
  std::optional<std::string_view> find(std::string_view name) const noexcept;
};

}  // namespace sagad::api
