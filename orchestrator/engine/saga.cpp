#include "engine/saga.hpp"

#include <algorithm>
#include <cstring>

#include "engine/engine.hpp"

namespace sagad::engine {

void slice_store::resize(std::size_t count) {
  block_.assign(count * sizeof(place), 0);
}

void slice_store::keep(const json::path_tree& wanted, std::string_view text) {
  // What is found comes in the order of the text: before this offset of it everything is kept that is wanted.
  std::size_t kept_to = 0;
  std::size_t shift = 0;  // from offsets of the text to those of the block, modulo 2^64
  wanted.cut(text, [&](definition::slice_no slice, std::string_view raw) {
    const auto at = static_cast<std::size_t>(raw.data() - text.data());
    if (at >= kept_to) {
      shift = block_.size() - at;
      kept_to = at + raw.size();
      block_.insert(block_.end(), raw.begin(), raw.end());
    }
    const place found{static_cast<std::uint32_t>(at + shift), static_cast<std::uint32_t>(raw.size())};
    std::memcpy(block_.data() + slice * sizeof found, &found, sizeof found);
  });
}

std::string_view slice_store::get(definition::slice_no slice) const noexcept {
  place found{};
  if ((slice + std::size_t{1}) * sizeof found > block_.size()) return {};
  std::memcpy(&found, block_.data() + slice * sizeof found, sizeof found);
  if (found.at == 0) return {};
  return std::string_view(block_.data(), block_.size()).substr(found.at, found.size);
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
