#include "views/definition_source.hpp"

namespace sagad::views {

std::string step_name(const definition::definition* definition, step_no step) {
  if (definition != nullptr && step < definition->steps.size()) return definition->steps[step].name;
  return "#" + std::to_string(step);
}

}  // namespace sagad::views
