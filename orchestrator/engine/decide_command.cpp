#include <algorithm>

#include "base/probe.hpp"
#include "definition/quantity.hpp"
#include "engine/decision.hpp"

namespace sagad::engine {
namespace {

event& note_command(deciding& deciding, const command& command) {
  auto& event = deciding.note(fact::commanded, command.operation);
  event.command = command.name;
  event.text = command.id;
  event.actor = command.actor;
  event.body = command.reason;
  event.flag = command.force;
  return event;
}

bool exchange_open(const moment& moment, operation_id operation) noexcept {
  return operation.side == side::action ? moment.open_actions.test(operation.step)
                                        : moment.open_compensations.test(operation.step);
}

refusal in_flight(const saga& saga, operation_id operation, const moment& moment) {
  SAGAD_PROBE("a command meets an exchange that is open");
  return refused(problem_code::in_flight, describe(*saga.definition, operation) + " is in flight, times out in " +
                                              std::to_string(std::max<millis>(0, moment.open_until - moment.at)) +
                                              " ms: ask again then");
}

struct target {
  const open_operation* open = nullptr;
  std::optional<engine::refusal> no;
};

// The open operation that a command means; without a side the step's open compensation comes first.
target find_target(const saga& saga, const command& command, const moment& moment) {
  auto operation = command.operation;
  const auto* open = saga.find(operation);
  if (!command.side_given) {
    operation.side = side::compensation;
    open = saga.find(operation);
    if (open == nullptr) {
      operation.side = side::action;
      open = saga.find(operation);
    }
  }
  if (open == nullptr || saga.abandoned(operation)) {
    return {nullptr, refused(problem_code::state_refuses, describe(*saga.definition, operation) +
                                                              " is not open: there is nothing to " +
                                                              std::string(name(command.name)))};
  }
  if (exchange_open(moment, operation)) return {nullptr, in_flight(saga, operation, moment)};
  return {open, std::nullopt};
}

void free_operation(deciding& deciding, const open_operation& open) {
  if (open.accepted) {
    SAGAD_PROBE("a command asks again what was accepted");
    // It is asked again although an answer was promised: what was accepted may still take effect.
    auto& ended = deciding.note(fact::failed, open.operation);
    ended.why = cause::no_late_answer;
    ended.flag = true;
    ended.at = deciding.now().at;
    ended.attempt = open.attempt;
    ended.generation = open.generation;
  }
  auto& event = deciding.note(fact::freed, open.operation);
  event.at = deciding.now().at;
  event.attempt = open.accepted ? open.attempt + 1 : open.attempt;
  event.generation = open.generation;
}

decision retry(const saga& saga, const command& command, const moment& moment) {
  deciding deciding(saga, moment);
  note_command(deciding, command);
  if (command.has_operation) {
    const auto target = find_target(saga, command, moment);
    if (target.no) return *target.no;
    if (target.open->blocked_by == cause::rendering && target.open->blocked) {
      return refused(problem_code::state_refuses,
                     "the request could not be rendered: edit gives it a body, retry would change nothing");
    }
    free_operation(deciding, *target.open);
    return deciding.take();
  }
  bool any = false;
  const open_operation* busy = nullptr;
  for (const auto& open : saga.open) {
    if (!open.blocked || saga.abandoned(open.operation) || open.blocked_by == cause::rendering) continue;
    if (exchange_open(moment, open.operation)) {
      busy = &open;
      continue;
    }
    free_operation(deciding, open);
    any = true;
  }
  if (!any && busy != nullptr) return in_flight(saga, busy->operation, moment);
  if (!any) return refused(problem_code::state_refuses, "nothing of this saga is blocked that a retry could free");
  return deciding.take();
}

decision edit(const saga& saga, const command& command, const moment& moment) {
  const auto target = find_target(saga, command, moment);
  if (target.no) return *target.no;
  if (target.open->accepted) {
    return refused(problem_code::state_refuses, "the participant has accepted this request and will answer late");
  }
  if (target.open->generation == UINT32_MAX) {
    return refused(problem_code::state_refuses, "the operation has used up its generations: skip or resolve ends it");
  }
  if (command.body.empty()) return refused(problem_code::invalid_argument, "edit needs `body`: the new request body");
  deciding deciding(saga, moment);
  note_command(deciding, command);
  SAGAD_PROBE("a request gets another body");
  auto& event = deciding.note(fact::edited, target.open->operation);
  event.generation = target.open->generation + 1;
  event.at = moment.at;
  event.body = command.body;
  deciding.renew(*target.open, command.body);
  return deciding.take();
}

decision skip(const saga& saga, const command& command, const moment& moment) {
  const auto target = find_target(saga, command, moment);
  if (target.no) return *target.no;
  const auto operation = target.open->operation;
  deciding deciding(saga, moment);
  note_command(deciding, command);
  SAGAD_PROBE("an operation is skipped");
  auto& event = deciding.note(fact::skipped, operation);
  event.generation = target.open->generation;
  event.attempt = target.open->accepted ? target.open->attempt : target.open->attempt - 1;
  event.flag = command.nothing_happened;
  event.body = command.body.empty() ? std::string_view("null") : command.body;
  deciding.settle(operation, command.nothing_happened ? action_state::skipped_without_effect : action_state::skipped);
  if (operation.side == side::action) deciding.learn(operation.step, event.body);
  deciding.advance();
  return deciding.take();
}

// A pivot of which nothing was ever written turns the saga back when its patience ends. That is not for a command to
// decide before: the pivot may be on its way out.
std::string only_way(const saga& saga, const moment& moment) {
  for (const auto& open : saga.open) {
    const auto left = patience_with(saga, open);
    if (!left || !left->turns_back) continue;
    auto out = "no command turns it back. As " + describe(*saga.definition, open.operation) +
               " was not reached yet, the saga turns back by itself if that stays so";
    if (left->ends_at == never || lifecycle::is_paused(saga.phase)) return out + " until its retries are used up";
    constexpr millis second = 1000;
    const auto seconds = (std::max<millis>(0, left->ends_at - moment.at) + second - 1) / second;
    return out + " for " + definition::duration_text(seconds * second) + " more";
  }
  return "the saga can only go forward";
}

decision turn(const saga& saga, const command& command, const moment& moment) {
  if (lifecycle::is_backward(saga.phase)) {
    return refused(problem_code::state_refuses, "the saga is already going backward");
  }
  const bool cancel = command.name == command_name::cancel;
  const bool forced = command.force && !cancel;
  if (saga.past_return && !forced) {
    SAGAD_PROBE("a command comes behind the point of no return");
    auto detail = "the point of no return is passed: " + only_way(saga, moment);
    if (!cancel) {
      detail += "; `force` undoes what can be undone, and lists the effects that stay";
    }
    return refused(problem_code::state_refuses, std::move(detail));
  }
  deciding deciding(saga, moment);
  note_command(deciding, command);
  if (saga.past_return) SAGAD_PROBE("a saga is turned back behind its point of no return");
  deciding.turn_back(cancel ? cause::cancelled : cause::compensate_command, 0, command.reason, forced);
  deciding.advance();
  return deciding.take();
}

decision resolve(const saga& saga, const command& command, const moment& moment) {
  const bool any_open = moment.open_actions.any() || moment.open_compensations.any();
  if (any_open && !command.force) {
    return refused(problem_code::in_flight, "an exchange is in flight, times out in " +
                                                std::to_string(std::max<millis>(0, moment.open_until - moment.at)) +
                                                " ms: ask again then, or force");
  }
  deciding deciding(saga, moment);
  note_command(deciding, command);
  if (any_open) SAGAD_PROBE("a saga is resolved while an exchange is open");
  deciding.move(lifecycle::trigger::resolve);
  deciding.note(fact::finished);
  return deciding.take();
}

decision hold(const saga& saga, const command& command, const moment& moment) {
  const auto trigger = command.name == command_name::pause ? lifecycle::trigger::pause : lifecycle::trigger::resume;
  if (!lifecycle::step(saga.phase, trigger).legal) {
    return refused(problem_code::state_refuses,
                   command.name == command_name::pause ? "the saga is already paused" : "the saga is not paused");
  }
  deciding deciding(saga, moment);
  note_command(deciding, command);
  deciding.move(trigger);
  deciding.advance();
  return deciding.take();
}

}  // namespace

decision decide_command(const saga& saga, const command& command, const moment& moment) {
  if (command.id.empty()) return refused(problem_code::invalid_argument, "a command needs an id");
  const auto id = digest_of(command.id);
  const auto& before = saga.commands->seen;
  const auto seen = std::find_if(before.begin(), before.end(), [&id](const seen_command& one) { return one.id == id; });
  if (seen != before.end()) {
    if (seen->name == command.name && seen->operation == command.operation) {
      SAGAD_PROBE("a command comes again");
      return refusal{refusal::kind::repeated, seen->seq, {}};
    }
    SAGAD_PROBE("a command's id stands for another command");
    return refused(problem_code::key_reused, "this command id stands for another command, `" +
                                                 std::string(name(seen->name)) + "` in record " +
                                                 std::to_string(seen->seq) + ": use a new id for a new command");
  }
  if (saga.final()) {
    return refused(problem_code::state_refuses,
                   "the saga is " + std::string(lifecycle::name(saga.phase)) + ": nothing more can be done with it");
  }
  if (command.if_seq != 0 && command.if_seq != saga.seq) {
    SAGAD_PROBE("a command was meant for an earlier state");
    return refused(problem_code::changed_meanwhile, "the saga's newest record is " + std::to_string(saga.seq) +
                                                        ", not " + std::to_string(command.if_seq) +
                                                        ": look again before you command");
  }
  const bool wants_step = command.name == command_name::edit || command.name == command_name::skip;
  if (wants_step && !command.has_operation) {
    return refused(problem_code::invalid_argument, std::string(name(command.name)) + " needs `step`");
  }
  if (command.has_operation && command.operation.step >= saga.steps.size()) {
    return refused(problem_code::invalid_argument, "the saga has no such step");
  }
  switch (command.name) {
    case command_name::retry: return retry(saga, command, moment);
    case command_name::edit: return edit(saga, command, moment);
    case command_name::skip: return skip(saga, command, moment);
    case command_name::pause:
    case command_name::resume: return hold(saga, command, moment);
    case command_name::compensate:
    case command_name::cancel: return turn(saga, command, moment);
    case command_name::resolve: return resolve(saga, command, moment);
    case command_name::none: break;
  }
  return refused(problem_code::invalid_argument, "no such command");
}

}  // namespace sagad::engine
