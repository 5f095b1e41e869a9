#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "definition/definition.hpp"

namespace sagad::sagactl {

/// The steps that each step waits for, without those that it waits for anyway by another one.
std::vector<std::vector<step_no>> needed_predecessors(const definition::definition& definition);

/// The definition as lines from its first steps down to its last ones; branches run side by side.
std::string graph_text(const definition::definition& definition);

/// The same for Graphviz.
std::string graph_dot(const definition::definition& definition);

}  // namespace sagad::sagactl
