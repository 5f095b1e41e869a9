#pragma once

#include <string>

#include "definition/declared.hpp"
#include "definition/graph.hpp"

namespace sagad::definition {

/// The definition as it is stored and digested: JSON with sorted members and no white space, every default written out,
/// so that what a later version takes for granted changes no saga that runs. It loads again to the same text.
std::string canonical_form(const declared::saga& saga, const step_graph& graph);

}  // namespace sagad::definition
