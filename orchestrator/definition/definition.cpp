#include "definition/definition.hpp"

namespace sagad::definition {

std::optional<step_no> definition::find(std::string_view step_name) const noexcept {
  for (std::size_t at = 0; at < steps.size(); ++at) {
    if (steps[at].name == step_name) return static_cast<step_no>(at);
  }
  return std::nullopt;
}

}  // namespace sagad::definition
