#include "runtime/saga_json.hpp"

#include <algorithm>
#include <array>

#include "json/member.hpp"
#include "records/as_json.hpp"

namespace sagad::runtime {
namespace {

using engine::action_state;
using engine::side;

// `left`: its action is not asked any more, and nothing undoes it.
std::string_view state_of(const engine::step_state& step, bool final, bool left) noexcept {
  switch (step.action) {
    case action_state::idle: return final ? "not_run" : "waiting";
    case action_state::released:
      if (step.undo == engine::undo_state::done) return "undone";
      return left ? "in_doubt" : "open";
    case action_state::done: return step.undo == engine::undo_state::done ? "undone" : "done";
    case action_state::rejected: return "rejected";
    case action_state::given_up: return "never_sent";
    case action_state::skipped: return step.undo == engine::undo_state::done ? "undone" : "skipped";
    case action_state::skipped_without_effect: return "skipped";
    case action_state::passed_over: return "passed_over";
  }
  return "?";
}

std::string_view state_of(const engine::saga& saga, const engine::open_operation& open) noexcept {
  if (saga.final()) return "left";
  if (open.blocked) return "blocked";
  if (open.accepted) return "accepted";
  return open.next_at > 0 && open.tries > 0 ? "retrying" : "calling";
}

// While the saga is paused time stands still, and its end is not known.
void patience(std::string& out, const engine::saga& saga, const engine::open_operation& open) {
  const auto left = engine::patience_with(saga, open);
  if (!left) return;
  const bool time_runs = left->ends_at != never && !lifecycle::is_paused(saga.phase);
  if (time_runs) json::append_text(out, "gives_up_at", records::timestamp(left->ends_at));
  if (left->tries_left) json::append_number(out, "tries_left", *left->tries_left);
  if (time_runs || left->tries_left)
    json::append_text(out, "gives_up_by", left->turns_back ? "turning_back" : "blocking");
}

// How many attempts were sent, the one under way among them. What is still to be sent is none, and neither is a try of
// which nothing could be written.
std::uint32_t sent(const engine::open_operation& open, const call_notes& notes, std::string& noted) {
  const auto ended = open.accepted ? open.attempt : open.attempt - 1;
  return notes ? std::max(ended, notes(noted, open.operation)) : ended;
}

void operation(std::string& out, const engine::saga& saga, const engine::open_operation& open,
               const call_notes& notes) {
  std::string noted;
  const auto attempts = sent(open, notes, noted);
  json::append_name(out, name(open.operation.side));
  out += '{';
  json::append_text(out, "state", state_of(saga, open));
  json::append_number(out, "generation", open.generation);
  json::append_number(out, "attempts", attempts);
  json::append_number(out, "tries", open.tries);
  json::append_text(out, "since", records::timestamp(open.released_at));
  if (open.blocked) json::append_text(out, "blocked_by", engine::name(open.blocked_by));
  if (open.last_error != engine::cause::none) {
    json::append_name(out, "last_error");
    out += '{';
    json::append_text(out, "cause", engine::name(open.last_error));
    if (open.last_status != 0) json::append_number(out, "status", open.last_status);
    if (!open.accepted && !open.text.empty()) json::append_text(out, "detail", open.text);
    out += '}';
  }
  if (!saga.final()) {
    if (open.accepted) {
      json::append_text(out, "awaited_until", records::timestamp(open.late_until));
    } else if (open.next_at > 0 && open.next_at != never) {
      json::append_text(out, "next_at", records::timestamp(open.next_at));
    }
    patience(out, saga, open);
  }
  out += noted;
  out += '}';
}

// What its start says of it.
void told_by_start(std::string& out, const engine::saga& saga) {
  if (!saga.key.empty()) json::append_text(out, "key", saga.key);
  if (!saga.labels.empty()) {
    json::append_name(out, "labels");
    out += saga.labels.view();
  }
  if (!saga.starter.empty()) json::append_text(out, "started_by", saga.starter);
}

// `left_behind`: its action where that has no outcome, and is not asked any more; null else.
void ended_attempts(std::string& out, const engine::step_state& step, const engine::open_operation* left_behind,
                    const call_notes& notes) {
  std::string noted;
  const auto attempts = left_behind == nullptr ? std::uint32_t{step.attempts} : sent(*left_behind, notes, noted);
  if (attempts != 0) json::append_number(out, "attempts", attempts);
  if (step.undo_attempts != 0) json::append_number(out, "compensation_attempts", step.undo_attempts);
  json::append_flag(out, "contradicted", step.contradicted || step.undo_contradicted);
}

void steps(std::string& out, const engine::saga& saga, const call_notes& notes) {
  json::append_name(out, "steps");
  out += '[';
  for (std::size_t at = 0; at < saga.steps.size(); ++at) {
    if (out.back() != '[') out += ',';
    out += '{';
    json::append_text(out, "step", saga.definition->steps[at].name);
    json::append_text(out, "participant", saga.definition->steps[at].participant);
    const bool left_for_good =
        saga.final() || (lifecycle::is_backward(saga.phase) && !saga.definition->steps[at].compensation);
    json::append_text(out, "state", state_of(saga.steps[at], saga.final(), left_for_good));
    const auto* action = saga.find({static_cast<step_no>(at), side::action});
    const auto* undo = saga.find({static_cast<step_no>(at), side::compensation});
    const bool left_behind = lifecycle::is_backward(saga.phase) || saga.final();
    ended_attempts(out, saga.steps[at], left_behind ? action : nullptr, notes);
    if (action != nullptr && !left_behind) operation(out, saga, *action, notes);
    if (undo != nullptr) operation(out, saga, *undo, notes);
    out += '}';
  }
  out += ']';
}

void turning(std::string& out, const engine::saga& saga) {
  if (saga.turned_back_by == engine::cause::none) return;
  json::append_name(out, "turned_back");
  out += '{';
  json::append_text(out, "cause", engine::name(saga.turned_back_by));
  const bool by_a_step = saga.turned_back_by == engine::cause::rejected ||
                         saga.turned_back_by == engine::cause::rendering ||
                         saga.turned_back_by == engine::cause::budget_spent;
  if (by_a_step) json::append_text(out, "step", saga.definition->steps[saga.turned_back_at].name);
  if (!saga.why.empty()) json::append_text(out, "detail", saga.why);
  out += '}';
}

void last_command(std::string& out, const engine::saga& saga) {
  if (saga.commands->seen.empty()) return;
  const auto& last = saga.commands->seen.back();
  json::append_name(out, "last_command");
  out += '{';
  json::append_text(out, "command", engine::name(last.name));
  json::append_text(out, "at", records::timestamp(last.at));
  json::append_number(out, "seq", last.seq);
  if (!last.actor.empty()) json::append_text(out, "actor", last.actor);
  if (!last.reason.empty()) json::append_text(out, "reason", last.reason);
  out += '}';
}

// What a resolved saga leaves behind: effects that nothing has undone.
void remaining_effects(std::string& out, const engine::saga& saga) {
  if (saga.phase != lifecycle::phase::resolved) return;
  json::append_name(out, "remaining_effects");
  out += '[';
  for (std::size_t at = 0; at < saga.steps.size(); ++at) {
    const auto& step = saga.steps[at];
    const bool stands = step.action == action_state::done || step.action == action_state::released ||
                        step.action == action_state::skipped;
    if (!stands || step.undo == engine::undo_state::done) continue;
    if (out.back() != '[') out += ',';
    out += '{';
    json::append_text(out, "step", saga.definition->steps[at].name);
    json::append_text(out, "certain", step.action == action_state::done ? "yes" : "in doubt");
    out += '}';
  }
  out += ']';
}

// One whose definition or records cannot be read; what its records say by themselves is still true.
std::string without_steps(std::string out, const engine::saga& saga) {
  json::append_text(out, "state", saga.final() ? engine::shown_state(saga) : "stuck");
  if (saga.final()) json::append_text(out, "outcome", lifecycle::name(saga.phase));
  json::append_text(out, "stuck_by", "internal");
  json::append_number(out, "seq", saga.seq);
  told_by_start(out, saga);
  if (saga.seq != 0) json::append_text(out, "started", records::timestamp(saga.started));
  if (saga.seq != 0) json::append_text(out, "changed", records::timestamp(saga.changed));
  return out + R"(,"steps":[]})";
}

}  // namespace

std::string saga_as_json(const engine::saga& saga, bool quarantined, const call_notes& notes) {
  std::string out;
  out.reserve(512);
  out += '{';
  std::array<char, saga_id::text_size> id;
  saga.id.write(id.data());
  json::append_text(out, "id", {id.data(), id.size()});
  if (saga.definition == nullptr) return without_steps(std::move(out), saga);
  json::append_text(out, "definition", saga.definition->name);
  if (saga.version != 0) json::append_number(out, "version", saga.version);
  json::append_text(out, "state", quarantined && !saga.final() ? "stuck" : engine::shown_state(saga));
  if (quarantined) json::append_text(out, "stuck_by", "internal");
  if (saga.final()) json::append_text(out, "outcome", lifecycle::name(saga.phase));
  if (!saga.final()) json::append_text(out, "direction", lifecycle::is_backward(saga.phase) ? "backward" : "forward");
  json::append_flag(out, "past_return", !saga.final() && saga.past_return);
  json::append_number(out, "seq", saga.seq);
  told_by_start(out, saga);
  json::append_text(out, "started", records::timestamp(saga.started));
  json::append_text(out, "changed", records::timestamp(saga.changed));
  if (saga.deadline != 0) json::append_text(out, "deadline", records::timestamp(saga.deadline));
  turning(out, saga);
  last_command(out, saga);
  if (!saga.output.empty()) {
    json::append_name(out, "output");
    out += saga.output.view();
  } else if (saga.phase == lifecycle::phase::completed && saga.definition->output) {
    json::append_name(out, "output");
    out += "null";
    json::append_text(out, "output_error", saga.output_error);
  }
  remaining_effects(out, saga);
  steps(out, saga, notes);
  out += '}';
  return out;
}

}  // namespace sagad::runtime
