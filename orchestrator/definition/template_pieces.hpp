#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "definition/expression/expression.hpp"
#include "definition/template_program.hpp"

namespace sagad::definition {

/// A text cut at its `${...}`; `$${` is a plain `${`.
struct text_piece {
  bool is_expression = false;
  std::string text;
};

/// Nothing where a `${` is never closed.
std::optional<std::vector<text_piece>> cut_at_expressions(std::string_view text);

/// Puts a program together; literals in a row become one.
class program_builder {
 public:
  void literal(std::string_view text);
  void mark(template_part::type what);
  /// Returns what is wrong with the expression.
  std::optional<std::string> expression(const std::string& source, embedding as, const expression::resolver& resolve,
                                        const expression::expectation& wanted);
  text_template finish();

 private:
  text_template::program program_;
};

}  // namespace sagad::definition
