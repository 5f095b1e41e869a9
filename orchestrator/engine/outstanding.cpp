#include <algorithm>

#include "engine/engine.hpp"

namespace sagad::engine {

work outstanding(const saga& saga, millis now) {
  work result;
  if (saga.final() || lifecycle::is_paused(saga.phase)) return result;
  const bool backward = lifecycle::is_backward(saga.phase);
  bool any_unasked = false;
  for (const auto& open : saga.open) {
    if (saga.abandoned(open.operation)) continue;
    any_unasked |= open.unasked;
    const attempt_id attempt{open.operation, open.generation, open.attempt};
    if (open.accepted) {
      result.wake_at = std::min(result.wake_at, open.late_until);
      if (!open.text.empty() && declared(*saga.definition, open.operation).late == definition::late_answer::poll) {
        result.now.push_back({wanted::kind::poll, attempt, false});
      }
    } else if (open.next_at <= now) {
      result.now.push_back({wanted::kind::call, attempt, open.blocked});
    } else {
      result.wake_at = std::min(result.wake_at, open.next_at);
    }
  }
  const bool deadline_counts = saga.deadline != 0 && !backward && !saga.past_return && !any_unasked;
  if (deadline_counts) result.wake_at = std::min(result.wake_at, saga.deadline);
  return result;
}

}  // namespace sagad::engine
