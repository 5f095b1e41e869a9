#pragma once

#include <functional>
#include <string>

#include "base/digest.hpp"
#include "definition/definition.hpp"

namespace sagad::views {

/// The definition of a content that a start names; null when it is not known. Thread-safe.
using definition_source = std::function<definition::definition_ptr(const digest& content)>;

/// The step's name; `#3` where the definition is not known or has no such step.
std::string step_name(const definition::definition* definition, step_no step);

}  // namespace sagad::views
