#include "definition/condition.hpp"

#include "definition/expression/expression.hpp"

namespace sagad::definition {

std::variant<bool, std::string> condition::holds(slice_values values) const {
  if (always()) return true;
  auto outcome = expression::evaluate_condition(*code_, values);
  if (auto* fault = std::get_if<std::string>(&outcome)) fault->insert(0, "`" + source_ + "`: ");
  return outcome;
}

}  // namespace sagad::definition
