#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "definition/condition.hpp"
#include "definition/expression/expression.hpp"
#include "definition/label.hpp"
#include "definition/load.hpp"
#include "definition/mistakes.hpp"
#include "definition/node.hpp"
#include "definition/text_template.hpp"

namespace sagad::definition {

/// Makes templates of texts with `${...}` in them. `what` names the template in messages: "the body of `escrow`".
class template_compiler {
 public:
  /// `expected` is what all of its expressions share: whether they are checked, and which responses are surely there.
  template_compiler(const expression::resolver& resolve, const expression::expectation& expected, mistake_list& found)
      : resolve_(resolve), expected_(expected), found_(found) {}

  /// A JSON value: each text in it may have expressions, names may not.
  text_template json(const node& value, std::string_view what) const;

  /// A path with its query. `allowed`: below which prefixes it has to be; none: any.
  text_template target(const std::string& text, place at, std::string_view what,
                       const surroundings::participant* allowed) const;

  /// The value of a header.
  text_template header(const std::string& text, place at, std::string_view what) const;

  /// A text that is nothing but one expression, which gives true or false.
  struct compiled_condition {
    condition holds;
    step_set present;  ///< where it is true, the responses of these steps are there
  };
  compiled_condition truth(const std::string& text, place at, std::string_view what) const;

  /// A text that is nothing but one expression, which gives what can be a text, or null.
  label_value label(const std::string& text, place at, std::string_view what) const;

 private:
  std::optional<std::string> only_expression(const std::string& text, place at, std::string_view what,
                                             const char* example) const;
  std::optional<expression::compiled> compile(const std::string& source, const expression::expectation& expected,
                                              place at, std::string_view what) const;

  const expression::resolver& resolve_;
  const expression::expectation& expected_;
  mistake_list& found_;
};

}  // namespace sagad::definition
