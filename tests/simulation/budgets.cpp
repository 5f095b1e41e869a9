#include "tests/simulation/budgets.hpp"

#include <algorithm>

#include "tests/simulation/world.hpp"

namespace sagad::simulation {
namespace {

using engine::cause;
using engine::fact;
using engine::side;

bool is_spent(const compensations::retry_policy& policy, std::uint32_t attempts, std::uint32_t tries, millis since,
              millis now, bool spends) noexcept {
  const bool has_time = policy.elapsed_ms > 0;
  if (has_time && now - since >= policy.elapsed_ms) return true;
  if (policy.attempts_max == 0) return false;
  // Without a bound on its time every try counts, else those that reached somebody.
  return has_time ? attempts + (spends ? 1 : 0) >= policy.attempts_max : tries + 1 >= policy.attempts_max;
}

bool is_try(fact what) noexcept {
  return what == fact::failed || what == fact::withheld || what == fact::renewed || what == fact::given_up;
}

bool has(const engine::record& record, fact what, engine::operation_id operation, cause why) {
  return std::any_of(record.events.begin(), record.events.end(), [&](const engine::event& event) {
    const bool same_step = event.operation.step == operation.step;
    return event.what == what && event.why == why && same_step &&
           (what == fact::turned_back || event.operation.side == operation.side);
  });
}

bool has(const engine::record& record, fact what, engine::operation_id operation) {
  return std::any_of(record.events.begin(), record.events.end(),
                     [&](const engine::event& event) { return event.what == what && event.operation == operation; });
}

}  // namespace

budgets::budget* budgets::find(engine::operation_id operation) noexcept {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const budget& one) { return one.operation == operation; });
  return found == all_.end() ? nullptr : &*found;
}

void budgets::asked_to_wait(engine::operation_id operation, std::uint32_t attempt, millis wait_ms) {
  if (auto* of = find(operation)) {
    of->asked_attempt = attempt;
    of->asked_ms = wait_ms;
  }
}

void budgets::take(const engine::saga& before, const engine::record& record) {
  for (const auto& one : record.released) {
    if (find(one.operation) == nullptr) all_.push_back({one.operation, 0, 0, record.at});
  }
  bool turned_back = lifecycle::is_backward(before.phase);
  for (const auto& event : record.events) {
    turned_back |= event.what == fact::turned_back;
    if (event.what == fact::commanded && event.command == engine::command_name::pause) paused_at_ = record.at;
    if (event.what == fact::commanded && event.command == engine::command_name::resume) resume(record.at);
    auto* of = find(event.operation);
    if (of == nullptr) continue;
    if (is_try(event.what)) judge_try(before, record, event, *of, turned_back);
    switch (event.what) {
      case fact::withheld: of->tries += 1; break;
      case fact::failed:
      case fact::renewed:
        of->attempts += 1;
        of->tries += 1;
        break;
      case fact::accepted: of->blocked = false; break;
      case fact::blocked: of->blocked = true; break;
      case fact::freed:
      case fact::edited: *of = {of->operation, 0, 0, record.at, false, of->unasked}; break;
      case fact::lost: of->unasked = true; continue;
      default: break;
    }
    const bool asked = event.what != fact::freed && event.what != fact::edited &&
                       event.why != cause::unknown_participant && event.what != fact::commanded;
    if (asked && event.what != fact::turned_back) of->unasked = false;
  }
  judge_deadline(before, record);
}

// The pivot alone is held against it before: it may not be called any more.
void budgets::judge_deadline(const engine::saga& before, const engine::record& record) const {
  for (const auto& event : record.events) {
    if (event.what != fact::turned_back || event.why != cause::deadline) continue;
    if (before.definition->pivot && *before.definition->pivot == event.operation.step) continue;
    for (const auto& one : all_) {
      if (!one.unasked) continue;
      throw violation("a deadline is judged before what was lost was asked again: " + before.id.text());
    }
  }
}

// They stood still, also such as a command began meanwhile.
void budgets::resume(millis at) {
  for (auto& one : all_) one.since += at - std::max(one.since, paused_at_);
}

void budgets::judge_try(const engine::saga& before, const engine::record& record, const engine::event& event,
                        budget& of, bool turned_back) const {
  // What was left behind is never called again, what is blocked is asked without end, and a person begins anew.
  const bool left_behind = of.operation.side == side::action && turned_back;
  const bool anew = has(record, fact::freed, of.operation) || has(record, fact::edited, of.operation);
  if (left_behind || of.blocked || anew) return;
  const auto& policy = engine::declared(*before.definition, of.operation).retry;
  const auto which = [&] {
    return before.id.text() + " " + before.definition->steps[of.operation.step].name +
           (of.operation.side == side::action ? "/do" : "/undo") + " after " + std::to_string(of.attempts) +
           " attempts and " + std::to_string(of.tries) + " tries";
  };
  const auto now = lifecycle::is_paused(before.phase) ? std::min(record.at, paused_at_) : record.at;
  const bool spends = event.what == fact::failed || event.what == fact::renewed;
  const bool spent = is_spent(policy, of.attempts, of.tries, of.since, now, spends);
  const bool ends = has(record, fact::blocked, of.operation, cause::budget_spent) ||
                    has(record, fact::turned_back, of.operation, cause::budget_spent);
  if (ends && !spent) throw violation("a budget ends before it is spent: " + which());
  if (spent && !ends && !has(record, fact::blocked, of.operation)) {
    throw violation("a budget is spent and does not end: " + which());
  }
  if (spent || event.why != cause::busy || of.asked_attempt != event.attempt) return;
  const auto wanted = std::min(of.asked_ms, std::max(policy.delay_max_ms, compensations::delay_max_least_ms));
  if (event.at < record.at + wanted) throw violation("a Retry-After is not kept: " + which());
}

}  // namespace sagad::simulation
