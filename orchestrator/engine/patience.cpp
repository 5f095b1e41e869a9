#include <algorithm>

#include "compensations/policy.hpp"
#include "engine/decision.hpp"

namespace sagad::engine {

bool blocks_when_spent(const definition::definition& definition, operation_id operation, bool any_byte) noexcept {
  if (operation.side == side::compensation) return true;
  const auto kind = definition.steps[operation.step].kind;
  return kind == definition::step_kind::retriable || (kind == definition::step_kind::pivot && any_byte);
}

std::optional<patience> patience_with(const saga& saga, const open_operation& open) {
  if (saga.final() || open.blocked || saga.abandoned(open.operation)) return std::nullopt;
  const auto& policy = declared(*saga.definition, open.operation).retry;
  patience out;
  out.ends_at = compensations::time_ends_at(policy, open.since);
  // What was accepted is awaited to the end of its wait, and judged then.
  if (open.accepted) out.ends_at = std::max(out.ends_at, open.late_until);
  out.tries_left = compensations::tries_left(policy, {open.spent, open.tries, open.since});
  out.turns_back = !blocks_when_spent(*saga.definition, open.operation, open.any_byte);
  return out;
}

}  // namespace sagad::engine
