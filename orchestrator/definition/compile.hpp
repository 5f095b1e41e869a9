#pragma once

#include "definition/declared.hpp"
#include "definition/graph.hpp"
#include "definition/load.hpp"
#include "definition/mistakes.hpp"

namespace sagad::definition {

/// The last step: templates, slices, schema. What is returned is good only when nothing was added to `found`; its
/// `canonical` and `content` are for the caller to fill in.
std::shared_ptr<definition> compile(const declared::saga& saga, const step_graph& graph, const surroundings& around,
                                    mistake_list& found);

}  // namespace sagad::definition
