#include "engine/decision.hpp"

#include <algorithm>
#include <utility>

#include "base/probe.hpp"
#include "base/utf8.hpp"
#include "compensations/plan.hpp"

namespace sagad::engine {
namespace {

bool succeeded(action_state state) noexcept {
  return state == action_state::done || state == action_state::skipped ||
         state == action_state::skipped_without_effect || state == action_state::passed_over;
}

bool to_be_undone(action_state state) noexcept {
  return state == action_state::done || state == action_state::released || state == action_state::skipped;
}

}  // namespace

deciding::deciding(const saga& saga, const moment& moment)
    : saga_(saga), moment_(moment), past_return_(saga.past_return), values_(saga) {
  record_.seq = saga.seq + 1;
  record_.at = moment.at;
  record_.phase_after = saga.phase;
  record_.forced_after = saga.forced;
  steps_.assign(saga.steps.begin(), saga.steps.end());
  steps_.resize(saga.definition->steps.size());
}

event& deciding::note(fact what, operation_id operation) {
  auto& event = record_.events.emplace_back();
  event.what = what;
  event.operation = operation;
  return event;
}

bool deciding::abandoned(operation_id operation) const noexcept {
  return operation.side == side::action && lifecycle::is_backward(record_.phase_after);
}

bool deciding::must_succeed(operation_id operation) const noexcept {
  return operation.side == side::compensation ||
         definition().steps[operation.step].kind == definition::step_kind::retriable;
}

void deciding::move(lifecycle::trigger trigger) {
  const auto cell = lifecycle::step(record_.phase_after, trigger);
  if (!cell.legal) {
    throw broken_invariant(std::string(lifecycle::name(trigger)) + " is not allowed when " +
                           std::string(lifecycle::name(record_.phase_after)));
  }
  record_.phase_after = cell.next;
}

void deciding::turn_back(cause why, step_no because_of, std::string_view detail, bool forced) {
  move(lifecycle::trigger::turn_back);
  record_.forced_after = forced;
  auto& event = note(fact::turned_back, {because_of, side::action});
  event.why = why;
  event.text = detail;
}

void deciding::settle(operation_id operation, action_state state) {
  auto& step = steps_[operation.step];
  if (operation.side == side::action) {
    step.action = state;
  } else {
    step.undo = undo_state::done;
  }
  asked_.set(operation.step);
}

void deciding::end_lateness(operation_id operation) {
  asked_.set(operation.step);
}

void deciding::learn(step_no step, std::string_view response) {
  definition().steps[step].slices.cut(response, [this](auto slice, auto raw) { values_.learn(slice, raw); });
}

void deciding::learn_input(std::string_view text) {
  definition().input_slices.cut(text, [this](auto slice, auto raw) { values_.learn(slice, raw); });
}

bool deciding::any_unasked() const noexcept {
  return std::any_of(saga_.open.begin(), saga_.open.end(),
                     [this](const open_operation& open) { return open.unasked && !asked_.test(open.operation.step); });
}

bool deciding::renew(const open_operation& open, std::string_view edited) {
  if (open.generation == UINT32_MAX) {
    block_unrendered(open.operation, "the operation has used up its generations");
    return false;
  }
  engine::release again{open.operation, open.generation + 1, {}};
  auto error = values_.render(declared(definition(), open.operation), edited, rendered_);
  if (!error) keep_request(again);
  record_.released.push_back(again);
  if (error) block_unrendered(open.operation, std::move(*error));
  return !error;
}

void deciding::keep_request(engine::release& of) {
  of.request = rendered_.content();
  record_.requests.push_back({of.operation, of.generation, {}});
  std::swap(record_.requests.back().request, rendered_);
}

std::string_view deciding::keep(std::string text) {
  return record_.texts.emplace_front(std::move(text));
}

void deciding::block_unrendered(operation_id operation, std::string error) {
  auto& event = note(fact::blocked, operation);
  event.why = cause::rendering;
  event.at = never;
  event.text = beginning(keep(std::move(error)), detail_bytes_max);
}

std::optional<std::string> deciding::render(operation_id operation) {
  return values_.render(declared(definition(), operation), {}, rendered_);
}

deciding::turn deciding::begin_action(step_no step) {
  const operation_id action{step, side::action};
  const auto& when = definition().steps[step].when;
  if (when.always()) return release(action, render(action));
  auto outcome = when.holds(values_.all());
  if (auto* error = std::get_if<std::string>(&outcome)) {
    SAGAD_PROBE("a condition cannot be judged");
    return release(action, std::move(*error));
  }
  if (std::get<bool>(outcome)) return release(action, render(action));
  steps_[step].action = action_state::passed_over;
  note(fact::passed_over, action);
  return turn::passed_over;
}

deciding::turn deciding::release(operation_id operation, std::optional<std::string> error) {
  engine::release first{operation, 1, {}};
  auto& step = steps_[operation.step];
  if (!error) {
    keep_request(first);
  } else if (!must_succeed(operation)) {
    SAGAD_PROBE("an action that cannot be rendered turns a saga back");
    step.action = action_state::rejected;
    const auto detail = keep(std::move(*error));
    auto& event = note(fact::rejected, operation);
    event.why = cause::rendering;
    event.text = detail;
    turn_back(cause::rendering, operation.step, detail);
    return turn::turned_back;
  }
  if (operation.side == side::action) {
    step.action = action_state::released;
    past_return_ |= definition().pivot ? *definition().pivot == operation.step
                                       : definition().steps[operation.step].kind == definition::step_kind::retriable;
  } else {
    step.undo = undo_state::released;
  }
  record_.released.push_back(first);
  if (error) {
    SAGAD_PROBE("what must succeed cannot be rendered");
    block_unrendered(operation, std::move(*error));
  }
  return turn::released;
}

bool deciding::deadline_turns_back() {
  if (saga_.deadline == 0 || past_return_ || any_unasked() || moment_.at < saga_.deadline) return false;
  SAGAD_PROBE("a deadline turns a saga back");
  turn_back(cause::deadline, 0, "the saga's deadline has passed");
  return true;
}

void deciding::advance() {
  if (record_.phase_after == lifecycle::phase::forward) advance_forward();
  if (record_.phase_after == lifecycle::phase::backward) advance_backward();
}

void deciding::advance_forward() {
  const auto& steps = definition().steps;
  step_set successful;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    if (succeeded(steps_[at].action)) successful.set(static_cast<step_no>(at));
  }
  if (successful.count() < steps.size()) {
    if (deadline_turns_back()) return;
    // A step that is passed over lets others begin, also such as are written before it.
    const auto released_before = record_.released.size();
    while (release_ready(successful, released_before)) continue;
  }
  if (successful.count() == steps.size()) finish_forward();
}

// Begins the steps whose turn has come. True: some step was passed over.
bool deciding::release_ready(step_set& successful, std::size_t released_before) {
  const auto& steps = definition().steps;
  bool any_passed_over = false;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const auto step = static_cast<step_no>(at);
    if (steps_[at].action != action_state::idle || !successful.contains(steps[at].after)) continue;
    const bool is_pivot = steps[at].kind == definition::step_kind::pivot;
    const bool too_late = is_pivot && saga_.deadline != 0 && moment_.at + steps[at].action.timeout_ms > saga_.deadline;
    if (too_late) {
      SAGAD_PROBE("too little of the deadline is left for a pivot");
      turn_back(cause::deadline, step, "less than the pivot's timeout is left of the deadline");
    }
    const auto begun = too_late ? turn::turned_back : begin_action(step);
    if (begun == turn::turned_back) {
      // What this same record was about to release was never called: it is taken back with it.
      for (auto one = released_before; one < record_.released.size(); ++one) {
        SAGAD_PROBE("what was about to be released is taken back");
        const auto taken_back = record_.released[one].operation;
        steps_[taken_back.step].action = action_state::idle;
        auto& requests = record_.requests;
        requests.erase(std::remove_if(requests.begin(), requests.end(),
                                      [&](const rendered& of) { return of.operation == taken_back; }),
                       requests.end());
      }
      record_.released.resize(released_before);
      return false;
    }
    if (begun != turn::passed_over) continue;
    successful.set(step);
    any_passed_over = true;
  }
  return any_passed_over;
}

void deciding::finish_forward() {
  move(lifecycle::trigger::all_done);
  auto& event = note(fact::finished);
  if (!definition().output) return;
  std::string output;
  if (auto error = definition().output->render(values_.all(), output_bytes_max, output)) {
    SAGAD_PROBE("an output cannot be rendered");
    event.text = keep(std::move(*error));
  } else {
    event.body = keep(std::move(output));
  }
}

void deciding::advance_backward() {
  const auto& steps = definition().steps;
  compensations::backward_progress progress;
  progress.in_flight = moment_.open_actions;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const auto step = static_cast<step_no>(at);
    if (steps[at].compensation && to_be_undone(steps_[at].action)) progress.touched.set(step);
    if (steps_[at].undo == undo_state::done) progress.undone.set(step);
  }
  if (compensations::all_undone(progress)) {
    if (record_.forced_after) SAGAD_PROBE("a forced way back comes to its end");
    move(record_.forced_after ? lifecycle::trigger::resolve : lifecycle::trigger::all_undone);
    note(fact::finished);
    return;
  }
  const auto descendants = [&steps](step_no step) -> const step_set& { return steps[step].descendants; };
  compensations::ready_to_undo(descendants, progress).for_each([this](step_no step) {
    const operation_id undo{step, side::compensation};
    if (steps_[step].undo == undo_state::idle) release(undo, render(undo));
  });
}

decision deciding::take() {
  if (record_.events.empty() && record_.released.empty()) return nothing();
  return std::move(record_);
}

std::string describe(const definition::definition& definition, operation_id operation) {
  return definition.steps[operation.step].name + "'s " + std::string(name(operation.side));
}

}  // namespace sagad::engine
