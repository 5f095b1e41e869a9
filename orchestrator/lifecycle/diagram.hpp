#pragma once

#include <string>

namespace sagad::lifecycle {

/// The lifecycle as a picture, what docs/lifecycle.md shows: drawn from the answers of step() and from nothing else.
/// A Mermaid stateDiagram-v2, one line an arrow in the order of phases and triggers, ending in a newline.
std::string mermaid_diagram();

}  // namespace sagad::lifecycle
