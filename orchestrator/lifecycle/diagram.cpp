#include "lifecycle/diagram.hpp"

#include "lifecycle/lifecycle.hpp"

namespace sagad::lifecycle {

std::string mermaid_diagram() {
  std::string text = "stateDiagram-v2\n  [*] --> forward: start\n";
  for (std::uint8_t number = 1; is_phase(number); ++number) {
    const phase from = static_cast<phase>(number);
    for (std::uint8_t event = 1; name(static_cast<trigger>(event)) != "?"; ++event) {
      const trigger on = static_cast<trigger>(event);
      const cell answer = step(from, on);
      if (!answer.legal) continue;
      text.append("  ").append(name(from)).append(" --> ").append(name(answer.next));
      text.append(": ").append(name(on)).append("\n");
    }
    if (is_final(from)) text.append("  ").append(name(from)).append(" --> [*]\n");
  }
  return text;
}

}  // namespace sagad::lifecycle
