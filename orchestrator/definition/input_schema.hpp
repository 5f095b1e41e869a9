#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sagad::definition {

/// One way in which an input does not fit.
struct violation {
  std::string pointer;  ///< JSON pointer into the input
  std::string detail;   ///< what is there and what was expected
};

/// The schema that a start's input must fit: a closed subset of JSON Schema. Immutable; thread-safe.
class input_schema {
 public:
  struct node;

  input_schema() = default;  ///< accepts any JSON
  explicit input_schema(std::shared_ptr<const node> compiled) : root_(std::move(compiled)) {}

  /// All violations at once; empty when the input fits. `json` was checked before (json::check).
  std::vector<violation> check(std::string_view json) const;

 private:
  std::shared_ptr<const node> root_;
};

}  // namespace sagad::definition
