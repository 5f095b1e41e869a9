#pragma once

#include <optional>
#include <vector>

#include "base/step_set.hpp"
#include "definition/declared.hpp"
#include "definition/mistakes.hpp"

namespace sagad::definition {

/// Who waits for whom.
struct step_graph {
  struct masks {
    step_set after;        ///< directly
    step_set ancestors;    ///< transitively
    step_set descendants;  ///< transitively
  };
  std::vector<masks> steps;
  std::optional<step_no> pivot;
};

/// Orders the steps and checks the rules that let every saga either finish or be undone: no cycles, at most one pivot,
/// whatever can be undone before it, whatever must succeed after it. Nothing when the steps have no order.
std::optional<step_graph> order_steps(const declared::saga& saga, mistake_list& found);

}  // namespace sagad::definition
