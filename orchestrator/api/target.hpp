#pragma once

#include <boost/container/small_vector.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/problem.hpp"

namespace sagad::api {

/// What is said of a target that is none.
inline constexpr const char* malformed_target =
    "the request's target is not a well-formed path: begin it with `/`, and percent-encode what is not plain, as UTF-8";

/// A request's target, taken apart: path segments and query parameters, percent-decoded, all of them UTF-8.
struct target {
  using segments = boost::container::small_vector<std::string, 6>;

  segments path;
  std::vector<std::pair<std::string, std::string>> query;

  /// Empty for a target that is not an absolute path, or whose percent-encoding is broken or encodes no UTF-8.
  static std::optional<target> parse(std::string_view text);
  std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// What is wrong when a parameter has none of these names, or one is there twice: a misspelt `dry_run` must not
  /// upload, nor a misspelt `key` start without one.
  std::optional<problem> has_others_than(std::span<const std::string_view> known) const;
};

}  // namespace sagad::api
