#pragma once

#include <concepts>

#include "base/step_set.hpp"

/// Backward recovery: what to undo, in which order (plan), and how often and how long to try (policy). Pure: values in,
/// values out; any thread may call it. After H. Garcia-Molina and K. Salem, "Sagas", 1987, with the sequence made a
/// DAG.
namespace sagad::compensations {

/// Where a saga stands that has turned back.
struct backward_progress {
  step_set touched;    ///< has to be undone: done, in doubt or skipped, and has a compensation
  step_set undone;     ///< its compensation is done
  step_set in_flight;  ///< an exchange of its *action* is open: its outcome is not known yet
};

/// Gives for a step all that wait for it, directly or not. Transitive, because a step between two others may have
/// nothing to undo and still orders them.
template <typename Function>
concept descendants_of_step = std::regular_invocable<const Function&, step_no> &&
                              std::convertible_to < std::invoke_result_t<const Function&, step_no>,
const step_set& > ;

/// The steps whose compensation may run now: no step that ran after it waits to be undone or is still being called, and
/// neither is its own action. Independent branches are ready at the same time. Those that were released before and are
/// not undone yet are in it again: what is new is for the caller to tell.
template <descendants_of_step Descendants>
step_set ready_to_undo(const Descendants& descendants_of, const backward_progress& now) {
  const step_set waiting = now.touched.and_not(now.undone);
  const step_set holding_back = waiting | now.in_flight;
  step_set ready;
  waiting.and_not(now.in_flight).for_each([&](step_no step) {
    const step_set& later_steps = descendants_of(step);
    if ((later_steps & holding_back).none()) ready.set(step);
  });
  return ready;
}

/// Whether the way back is at its end: nothing to undo, and no answer open that could still give something to undo.
constexpr bool all_undone(const backward_progress& now) noexcept {
  return now.undone.contains(now.touched) && now.in_flight.none();
}

}  // namespace sagad::compensations
