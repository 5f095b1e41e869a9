// lifecycle_diagram: prints the Mermaid diagram that stands in docs/lifecycle.md.
#include <iostream>

#include "lifecycle/diagram.hpp"

int main() {
  std::cout << sagad::lifecycle::mermaid_diagram() << std::flush;
  return std::cout ? 0 : 1;
}
