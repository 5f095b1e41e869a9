#include <algorithm>
#include <limits>

#include "engine/engine.hpp"

namespace sagad::engine {
namespace {

void start_with(saga& saga, const record& record, const event& event) {
  const auto& definition = *saga.definition;
  if (event.content != definition.content) throw broken_invariant("the start names another definition");
  saga.started = record.at;
  saga.version = event.attempt;
  saga.key.assign(event.text);
  saga.labels.assign(event.more);
  saga.starter.assign(event.actor);
  saga.deadline = event.at;
  saga.steps.resize(definition.steps.size());
  saga.slices.resize(definition.slices.size());
  saga.slices.keep(definition.input_slices, event.body);
}

void open_released(saga& saga, const record& record, const release& release) {
  const auto [step_number, which] = release.operation;
  if (step_number >= saga.steps.size()) throw broken_invariant("a step is released that the definition does not have");
  auto& step = saga.steps[step_number];
  auto& generation = which == side::action ? step.generation : step.undo_generation;
  if (release.generation <= generation) throw broken_invariant("a generation is released that began before");
  generation = release.generation;
  if (auto* open = saga.find(release.operation)) {
    open->generation = release.generation;
    open->request = half_digest(release.request);
    return;
  }
  const bool begun = which == side::action ? step.action != action_state::idle : step.undo != undo_state::idle;
  if (begun) throw broken_invariant("an operation is released that has ended");
  declared(*saga.definition, release.operation);
  auto& open = saga.open.emplace_back();
  open.operation = release.operation;
  open.generation = release.generation;
  open.request = half_digest(release.request);
  open.released_at = open.since = record.at;
  if (which == side::compensation) {
    step.undo = undo_state::released;
    return;
  }
  step.action = action_state::released;
  const auto& definition = *saga.definition;
  saga.past_return |= definition.pivot ? *definition.pivot == step_number
                                       : definition.steps[step_number].kind == definition::step_kind::retriable;
}

open_operation& must_find(saga& saga, const event& event) {
  if (auto* open = saga.find(event.operation)) return *open;
  throw broken_invariant(std::string(name(event.what)) + " names an operation that is not open");
}

std::uint16_t capped(std::uint32_t count) noexcept {
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(count, std::numeric_limits<std::uint16_t>::max()));
}

step_state& must_have_step(saga& saga, const event& event) {
  if (event.operation.step < saga.steps.size()) return saga.steps[event.operation.step];
  throw broken_invariant(std::string(name(event.what)) + " names a step that is not there");
}

void settle(saga& saga, const event& event, action_state state) {
  auto& step = must_have_step(saga, event);
  // Only what could not be rendered is settled without having been open.
  if (event.what != fact::rejected || event.why != cause::rendering) must_find(saga, event);
  if (event.operation.side == side::action) {
    step.action = state;
    step.attempts = capped(event.attempt);
  } else {
    step.undo = undo_state::done;
    step.undo_attempts = capped(event.attempt);
  }
  const auto found = std::find_if(saga.open.begin(), saga.open.end(),
                                  [&](const open_operation& open) { return open.operation == event.operation; });
  if (found != saga.open.end()) saga.open.erase(found);
}

void pass_over(saga& saga, const event& event) {
  auto& step = must_have_step(saga, event);
  if (event.operation.side != side::action || step.action != action_state::idle) {
    throw broken_invariant("a step is passed over that has begun");
  }
  step.action = action_state::passed_over;
}

void keep_response(saga& saga, const event& event) {
  saga.slices.keep(saga.definition->steps[event.operation.step].slices, event.body);
}

void end_attempt(saga& saga, const event& event) {
  auto& open = must_find(saga, event);
  open.tries += 1;
  open.last_error = event.why;
  open.last_status = event.status;
  open.text.assign(event.text);
  open.next_at = event.at;
  open.accepted = false;
  open.unasked = false;
  if (event.what == fact::withheld && !event.flag) return;
  open.any_byte = true;
  open.attempt = event.attempt + 1;
  if (event.what == fact::withheld) return;
  open.spent += 1;
  if (event.what == fact::failed) open.in_doubt = true;
}

void renew_budget(saga& saga, const record& record, const event& event) {
  auto& open = must_find(saga, event);
  open.blocked = false;
  open.accepted = false;
  open.spent = open.tries = 0;
  open.since = record.at;
  open.next_at = event.at;
  if (event.what == fact::edited) open.edited.assign(event.body);
}

void block(saga& saga, const event& event) {
  auto& open = must_find(saga, event);
  open.blocked = true;
  open.accepted = false;
  open.blocked_by = event.why;
  open.next_at = event.at;
  if (event.why == cause::budget_spent) return;
  if (event.why != cause::unknown_participant) open.unasked = false;  // else nobody was asked
  if (event.why == cause::differs) open.in_doubt = true;              // some request of this step took effect
  open.last_error = event.why;
  open.last_status = event.status;
  open.text.assign(event.text);
  if (event.why == cause::rendering || event.why == cause::unknown_participant) return;  // nothing was sent
  open.attempt = event.attempt + 1;
  open.any_byte = true;
}

void accept(saga& saga, const event& event) {
  auto& open = must_find(saga, event);
  open.accepted = true;
  open.blocked = false;
  open.unasked = false;
  open.any_byte = true;
  open.late_until = event.at;
  open.text.assign(event.text);
}

void obey(saga& saga, const record& record, const event& event) {
  auto& [commands, paused_at] = saga.commands.make();
  if (commands.size() == commands_remembered_max) commands.erase(commands.begin());
  if (!commands.empty()) {
    commands.back().actor.assign({});
    commands.back().reason.assign({});
  }
  auto& seen = commands.emplace_back();
  seen.id = digest_of(event.text);
  seen.seq = record.seq;
  seen.name = event.command;
  seen.operation = event.operation;
  seen.at = record.at;
  seen.actor.assign(event.actor);
  seen.reason.assign(event.body);
  if (event.command == command_name::pause) paused_at = record.at;
  if (event.command != command_name::resume) return;
  // Budgets stood still: those that began before the pause, and those that a command began meanwhile.
  for (auto& open : saga.open) open.since += record.at - std::max(open.since, paused_at);
}

void happen(saga& saga, const record& record, const event& event) {
  switch (event.what) {
    case fact::started: break;
    case fact::done:
      settle(saga, event, action_state::done);
      keep_response(saga, event);
      break;
    case fact::undone: settle(saga, event, action_state::done); break;
    case fact::rejected: settle(saga, event, action_state::rejected); break;
    case fact::given_up: settle(saga, event, action_state::given_up); break;
    case fact::skipped:
      settle(saga, event, event.flag ? action_state::skipped_without_effect : action_state::skipped);
      if (event.operation.side == side::action) keep_response(saga, event);
      break;
    case fact::accepted: accept(saga, event); break;
    case fact::failed:
    case fact::withheld:
    case fact::renewed: end_attempt(saga, event); break;
    case fact::blocked: block(saga, event); break;
    case fact::freed:
    case fact::edited: renew_budget(saga, record, event); break;
    case fact::lost: {
      auto& open = must_find(saga, event);
      open.attempt = event.attempt + 1;
      open.in_doubt = open.any_byte = open.unasked = true;
      open.last_error = cause::lost;
      break;
    }
    case fact::turned_back:
      must_have_step(saga, event);
      saga.turned_back_by = event.why;
      saga.turned_back_at = event.operation.step;
      saga.why.assign(event.text);
      break;
    case fact::commanded: obey(saga, record, event); break;
    case fact::recovered: saga.epoch = static_cast<std::uint64_t>(event.at); break;
    case fact::finished:
      saga.output.assign(event.body);
      saga.output_error.assign(event.text);
      break;
    case fact::contradicted: {
      auto& step = must_have_step(saga, event);
      (event.operation.side == side::action ? step.contradicted : step.undo_contradicted) = true;
      break;
    }
    case fact::passed_over: pass_over(saga, event); break;
    case fact::enlisted: throw broken_invariant("a step is enlisted, which this version cannot follow");
  }
}

}  // namespace

void apply(saga& saga, const record& record) {
  if (saga.final()) throw broken_invariant("a record follows the saga's end");
  if (lifecycle::is_backward(saga.phase) && !lifecycle::is_backward(record.phase_after) &&
      record.phase_after != lifecycle::phase::compensated && record.phase_after != lifecycle::phase::resolved) {
    throw broken_invariant("a saga that has turned back goes forward");
  }
  if (record.seq != saga.seq + 1) {
    throw broken_invariant("record " + std::to_string(record.seq) + " cannot follow record " +
                           std::to_string(saga.seq));
  }
  const bool starts = !record.events.empty() && record.events.front().what == fact::started;
  if (starts != (saga.seq == 0)) throw broken_invariant("a saga's first record, and no other, starts it");
  if (starts) start_with(saga, record, record.events.front());
  for (const auto& release : record.released) open_released(saga, record, release);
  for (const auto& event : record.events) happen(saga, record, event);
  saga.seq = record.seq;
  saga.changed = record.at;
  saga.phase = record.phase_after;
  saga.forced = record.forced_after;
}

}  // namespace sagad::engine
