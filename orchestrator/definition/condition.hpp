#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "definition/text_template.hpp"

namespace sagad::definition {

namespace expression {
struct code;
}

/// An expression that gives true or false, compiled. Immutable; thread-safe.
class condition {
 public:
  condition() = default;  ///< always true
  condition(std::shared_ptr<const expression::code> compiled, std::string source)
      : code_(std::move(compiled)), source_(std::move(source)) {}

  bool always() const noexcept { return code_ == nullptr; }

  /// Whether it is true, or what went wrong.
  std::variant<bool, std::string> holds(slice_values values) const;

 private:
  std::shared_ptr<const expression::code> code_;
  std::string source_;  // for messages
};

}  // namespace sagad::definition
