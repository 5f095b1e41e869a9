#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/digest.hpp"
#include "definition/definition.hpp"

namespace sagad::views {

/// What is known of the content that a start names.
struct known_definition {
  definition::definition_ptr definition;  ///< null: unknown
  std::uint32_t version = 0;              ///< the newest that has this content; 0: inline
};

/// The step's name; `#3` where the definition is not known or has no such step.
std::string step_name(const definition::definition* definition, step_no step);

/// Thread-safe.
using definition_source = std::function<known_definition(const digest& content)>;

}  // namespace sagad::views
