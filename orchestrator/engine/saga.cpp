#include "engine/saga.hpp"

#include <algorithm>

#include "engine/engine.hpp"

namespace sagad::engine {

void slice_store::put(definition::slice_no slice, std::string_view raw) {
  if (raw.data() == nullptr) return;
  if (slice >= places_.size()) resize(slice + std::size_t{1});
  places_[slice] = {static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(raw.size())};
  bytes_.append(raw);
}

std::string_view slice_store::get(definition::slice_no slice) const noexcept {
  if (slice >= places_.size() || places_[slice].first == absent) return {};
  return std::string_view(bytes_).substr(places_[slice].first, places_[slice].second);
}

bool saga::stuck() const noexcept {
  return std::any_of(open.begin(), open.end(),
                     [this](const open_operation& one) { return one.blocked && !abandoned(one.operation); });
}

bool saga::abandoned(operation_id operation) const noexcept {
  return operation.side == side::action && (lifecycle::is_backward(phase) || final());
}

const open_operation* saga::find(operation_id operation) const noexcept {
  const auto found =
      std::find_if(open.begin(), open.end(), [&](const open_operation& one) { return one.operation == operation; });
  return found == open.end() ? nullptr : &*found;
}

open_operation* saga::find(operation_id operation) noexcept {
  return const_cast<open_operation*>(static_cast<const saga&>(*this).find(operation));
}

std::string_view shown_state(const saga& saga) noexcept {
  if (saga.final()) return lifecycle::name(saga.phase);
  if (lifecycle::is_paused(saga.phase)) return "paused";
  if (saga.stuck()) return "stuck";
  return lifecycle::is_backward(saga.phase) ? "compensating" : "running";
}

const definition::operation& declared(const definition::definition& definition, operation_id operation) {
  const auto& step = definition.steps.at(operation.step);
  if (operation.side == side::action) return step.action;
  if (!step.compensation) throw broken_invariant("a compensation is named that step " + step.name + " does not have");
  return *step.compensation;
}

}  // namespace sagad::engine
