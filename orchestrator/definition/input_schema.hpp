#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sagad::definition {

struct schema_node;

/// One way in which an input does not fit.
struct violation {
  std::string pointer;  ///< JSON pointer into the input
  std::string detail;   ///< what must hold, and what is there
};

struct violations {
  static constexpr std::size_t told_max = 100;

  std::vector<violation> told;  ///< in the order of the input
  std::size_t more = 0;         ///< found after those

  bool empty() const noexcept { return told.empty(); }
};

/// The schema that a start's input must fit: a closed subset of JSON Schema. Immutable; thread-safe.
class input_schema {
 public:
  struct compiled;

  input_schema() = default;  ///< accepts any JSON
  explicit input_schema(std::shared_ptr<const compiled> schema) : schema_(std::move(schema)) {}

  /// All violations at once; empty when the input fits. `json` was checked before (json::check).
  violations check(std::string_view json) const;

  /// What is compiled, for whoever makes an input that fits; null accepts any JSON.
  const schema_node* root() const noexcept;

 private:
  std::shared_ptr<const compiled> schema_;
};

}  // namespace sagad::definition
