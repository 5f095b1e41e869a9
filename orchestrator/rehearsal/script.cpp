#include "rehearsal/script.hpp"

namespace sagad::rehearsal {
namespace {

constexpr std::string_view undo_mark = "undo ";

}  // namespace

const std::vector<answer>& script::answers(engine::operation_id operation) const {
  return operation.side == engine::side::action ? actions[operation.step] : compensations[operation.step];
}

std::vector<answer>& script::answers(engine::operation_id operation) {
  return operation.side == engine::side::action ? actions[operation.step] : compensations[operation.step];
}

std::string name_of(const definition::definition& definition, engine::operation_id operation) {
  const auto& step = definition.steps.at(operation.step).name;
  return operation.side == engine::side::action ? step : std::string(undo_mark) + step;
}

std::optional<engine::operation_id> find_operation(const definition::definition& definition, std::string_view name) {
  const bool undoes = name.substr(0, undo_mark.size()) == undo_mark;
  if (undoes) name.remove_prefix(undo_mark.size());
  const auto step = definition.find(name);
  if (!step || (undoes && !definition.steps[*step].compensation)) return std::nullopt;
  return engine::operation_id{*step, undoes ? engine::side::compensation : engine::side::action};
}

}  // namespace sagad::rehearsal
