#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/step_set.hpp"

namespace sagad::definition {

/// Numbers the values that a definition's templates read.
using slice_no = std::uint16_t;

/// Where a slice comes from: the whole input or response when `path` is empty.
struct slice_source {
  enum class root : std::uint8_t { saga_id, input, response };
  root from = root::input;
  step_no step = 0;               ///< of a response
  std::vector<std::string> path;  ///< member names; array elements by their decimal index
};

/// The values of a saga's slices by slice_no: raw JSON, valid and without doubled names. `data() == nullptr`: absent.
using slice_values = std::span<const std::string_view>;

/// Text with `${...}` in it, compiled: a JSON value (body, output) or a request target. Immutable; thread-safe.
class text_template {
 public:
  struct program;  ///< compiled parts: literals, spliced slices, expressions

  text_template() = default;
  explicit text_template(std::shared_ptr<const program> compiled) : program_(std::move(compiled)) {}

  bool empty() const noexcept { return program_ == nullptr; }

  /// Appends the rendered bytes to `out`, never growing it past `bytes_max`. Returns what went wrong (an absent value,
  /// an overflow, a type that does not fit, too large, a segment of `.` or `..`), with `out` then unspecified; else
  /// nothing.
  std::optional<std::string> render(slice_values values, std::size_t bytes_max, std::string& out) const;

 private:
  std::shared_ptr<const program> program_;
};

}  // namespace sagad::definition
