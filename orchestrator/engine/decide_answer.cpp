#include <algorithm>

#include "base/probe.hpp"
#include "base/utf8.hpp"
#include "compensations/policy.hpp"
#include "engine/decision.hpp"

namespace sagad::engine {
namespace {

constexpr std::size_t rejection_bytes_max = 2048;
constexpr std::uint32_t tries_at_full_rate = 1'000;  // later ones wait ten times as long

bool is_unknown(verdict verdict) noexcept {
  return verdict == verdict::unknown || verdict == verdict::misconfigured || verdict == verdict::stale;
}

// What a reply says of an operation that is settled: whether it agrees with what stands.
bool agrees(const saga& saga, const reply& reply) noexcept {
  const auto& step = saga.steps[reply.of.operation.step];
  const bool says_done = reply.verdict == verdict::done;
  if (reply.of.operation.side == side::compensation) return says_done;
  if (step.action == action_state::done) return says_done;
  return !says_done && (step.action == action_state::rejected || step.action == action_state::given_up);
}

// Whether the participant's answer, and not the saga's end or a person, decided the operation.
bool settled_by_answer(const saga& saga, operation_id operation) noexcept {
  const auto& step = saga.steps[operation.step];
  if (operation.side == side::compensation) return step.undo == undo_state::done;
  return step.action == action_state::done || step.action == action_state::rejected ||
         step.action == action_state::given_up;
}

refusal not_awaited(const reply& reply) {
  if (!reply.late) return nothing();
  SAGAD_PROBE("a late answer comes that nobody waits for");
  return refused(problem_code::no_longer_awaited, "nobody waits for this answer any more");
}

refusal stands() {
  SAGAD_PROBE("a late answer contradicts an outcome that stands");
  return refused(problem_code::outcome_stands, "another outcome of this operation is recorded and stands");
}

decision after_settlement(const saga& saga, const reply& reply, const moment& moment) {
  const auto& operation = reply.of.operation;
  const auto& step = saga.steps[operation.step];
  const bool outcome_given =
      reply.verdict == verdict::done || reply.verdict == verdict::rejected || reply.verdict == verdict::rejected_bare;
  const bool action = operation.side == side::action;
  const auto generation = action ? step.generation : step.undo_generation;
  if (reply.of.generation != generation || !settled_by_answer(saga, operation)) return not_awaited(reply);
  if (!outcome_given) return reply.late ? stands() : nothing();
  if (agrees(saga, reply)) return refusal{refusal::kind::repeated, saga.seq, {}};
  SAGAD_PROBE("an answer contradicts what is settled");
  if (saga.final() || (action ? step.contradicted : step.undo_contradicted)) return reply.late ? stands() : nothing();
  deciding deciding(saga, moment);
  auto& event = deciding.note(fact::contradicted, operation);
  event.generation = reply.of.generation;
  event.attempt = reply.of.attempt;
  event.status = static_cast<std::uint16_t>(reply.status);
  event.flag = reply.verdict == verdict::done;
  event.text = beginning(reply.detail, detail_bytes_max);
  deciding.advance();
  return deciding.take();
}

void settle_done(deciding& deciding, const reply& reply) {
  const auto& operation = reply.of.operation;
  const bool action = operation.side == side::action;
  auto& event = deciding.note(action ? fact::done : fact::undone, operation);
  event.generation = reply.of.generation;
  event.attempt = reply.of.attempt;
  event.status = static_cast<std::uint16_t>(reply.status);
  event.body = reply.body.empty() ? std::string_view("null") : reply.body;
  deciding.settle(operation, action_state::done);
  if (action) deciding.learn(operation.step, event.body);
}

void settle_rejected(deciding& deciding, const open_operation& open, const reply& reply) {
  const auto& operation = open.operation;
  if (deciding.must_succeed(operation) && !deciding.abandoned(operation)) {
    SAGAD_PROBE("what must succeed is rejected");
    end_try(deciding, open, verdict::rejected, reply);
    return;
  }
  auto& event = deciding.note(fact::rejected, operation);
  event.generation = reply.of.generation;
  event.attempt = reply.of.attempt;
  event.status = static_cast<std::uint16_t>(reply.status);
  event.why = cause::rejected;
  event.text = beginning(reply.detail, rejection_bytes_max);
  deciding.settle(operation, action_state::rejected);
  if (!lifecycle::is_backward(deciding.phase())) deciding.turn_back(cause::rejected, operation.step, event.text);
}

void accept(deciding& deciding, const open_operation& open, const reply& reply) {
  auto& event = deciding.note(fact::accepted, open.operation);
  event.generation = reply.of.generation;
  event.attempt = reply.of.attempt;
  event.status = static_cast<std::uint16_t>(reply.status);
  event.at = later(deciding.now().at, declared(deciding.definition(), open.operation).within_ms);
  event.text = reply.location;
  deciding.end_lateness(open.operation);
}

// A saga that nothing moves must not fill the journal with its tries.
millis rarely(const open_operation& open, millis delay) noexcept {
  return open.tries < tries_at_full_rate ? delay : delay * 10;
}

std::uint64_t dice_of(const deciding& deciding, const open_operation& open) noexcept {
  return compensations::jitter_dice(deciding.before().id, open.operation.step,
                                    static_cast<std::uint8_t>(open.operation.side), open.tries + 1);
}

// When a blocked operation is asked again by itself; never where it waits for a command already.
millis asked_again_at(const deciding& deciding, const open_operation& open) noexcept {
  if (open.blocked && open.next_at == never) return never;
  const auto& policy = declared(deciding.definition(), open.operation).retry;
  const auto delay = compensations::delay_when_blocked(policy, dice_of(deciding, open));
  return delay ? later(deciding.now().at, rarely(open, *delay)) : never;
}

void block(deciding& deciding, const open_operation& open, const reply& reply) {
  auto& event = deciding.note(fact::blocked, open.operation);
  event.why = reply.why;
  event.at = reply.why == cause::unknown_participant ? asked_again_at(deciding, open) : never;
  event.generation = reply.of.generation;
  event.attempt = reply.of.attempt;
  event.status = static_cast<std::uint16_t>(reply.status);
  event.text = beginning(reply.detail, detail_bytes_max);
  if (reply.why == cause::unknown_participant) return;
  SAGAD_PROBE("a participant refuses for good");
  deciding.end_lateness(open.operation);
}

event& note_try(deciding& deciding, const open_operation& open, verdict verdict, const reply& reply, millis next) {
  auto what = is_unknown(verdict) ? fact::failed : fact::withheld;
  if (verdict == verdict::rejected) what = fact::renewed;
  auto& event = deciding.note(what, open.operation);
  event.generation = open.generation;
  event.attempt = open.attempt;
  event.status = static_cast<std::uint16_t>(reply.status);
  event.why = verdict == verdict::rejected ? cause::rejected : reply.why;
  event.flag = verdict != verdict::not_sent;
  event.at = next;
  event.text = beginning(reply.detail, detail_bytes_max);
  deciding.end_lateness(open.operation);
  return event;
}

void give_up(deciding& deciding, const open_operation& open, const reply& reply) {
  SAGAD_PROBE("an operation is given up of which no byte was written");
  auto& event = deciding.note(fact::given_up, open.operation);
  event.generation = open.generation;
  event.attempt = open.attempt - 1;
  event.why = reply.why;
  event.text = beginning(reply.detail, detail_bytes_max);
  deciding.settle(open.operation, action_state::given_up);
}

// Budgets stand still while the saga is paused.
millis budget_time(const deciding& deciding) noexcept {
  const auto now = deciding.now().at;
  return lifecycle::is_paused(deciding.phase()) ? std::min(now, deciding.before().commands->paused_at) : now;
}

// The budget of an operation that must succeed, or whose outcome alone decides, is spent: blocked, and asked again now
// and then.
void stay_blocked(deciding& deciding, const open_operation& open, verdict verdict, const reply& reply) {
  const auto next = asked_again_at(deciding, open);
  note_try(deciding, open, verdict, reply, next);
  if (verdict == verdict::rejected && !deciding.renew(open, open.edited)) return;
  if (open.blocked) return;
  SAGAD_PROBE("a budget is spent of what must not be left");
  auto& event = deciding.note(fact::blocked, open.operation);
  event.why = cause::budget_spent;
  event.at = next;
  event.generation = open.generation;
  event.attempt = open.attempt;
}

}  // namespace

void end_try(deciding& deciding, const open_operation& open, verdict verdict, const reply& reply) {
  const auto& operation = open.operation;
  const bool never_written = verdict == verdict::not_sent && !open.any_byte;
  if (deciding.abandoned(operation)) {
    // Turned back meanwhile: no new attempt begins. What surely did not happen need not be undone.
    if (never_written) {
      give_up(deciding, open, reply);
    } else {
      SAGAD_PROBE("an action that was left behind ends in doubt");
      note_try(deciding, open, verdict, reply, never);
    }
    return;
  }
  const auto& policy = declared(deciding.definition(), operation).retry;
  const auto tries = open.tries + 1;
  const bool spends = verdict != verdict::busy && verdict != verdict::not_sent;
  const compensations::spending before{open.spent, open.tries, open.since};
  if (!open.blocked && !compensations::exhausted(policy, before, budget_time(deciding), spends)) {
    const auto delay =
        compensations::delay_before(policy, tries + 1, dice_of(deciding, open), reply.retry_after_ms.value_or(0));
    note_try(deciding, open, verdict, reply, later(deciding.now().at, rarely(open, delay)));
    if (verdict == verdict::rejected) deciding.renew(open, open.edited);
    return;
  }
  if (blocks_when_spent(deciding.definition(), operation, !never_written)) {
    stay_blocked(deciding, open, verdict, reply);
    return;
  }
  if (open.blocked) {
    SAGAD_PROBE("a blocked action that may be left is answered again");
    // Somebody was told, and decides; what may heal by itself goes on being asked.
    note_try(deciding, open, verdict, reply, asked_again_at(deciding, open));
    return;
  }
  if (never_written) {
    give_up(deciding, open, reply);
  } else {
    note_try(deciding, open, verdict, reply, never);
  }
  deciding.turn_back(cause::budget_spent, operation.step, beginning(reply.detail, detail_bytes_max));
}

namespace {

decision judge_reply(const saga& saga, const reply& reply, const moment& moment) {
  const auto& operation = reply.of.operation;
  if (operation.step >= saga.steps.size()) {
    return refused(problem_code::no_longer_awaited, "the saga has no such step");
  }
  const auto* open = saga.find(operation);
  if (saga.final() || open == nullptr) return after_settlement(saga, reply, moment);
  const bool undo_begun = operation.side == side::action && saga.steps[operation.step].undo != undo_state::idle;
  if (reply.of.generation != open->generation || (reply.late && undo_begun)) {
    SAGAD_PROBE("an answer comes for an earlier generation, or what is being undone");
    return not_awaited(reply);
  }
  auto verdict = reply.verdict;
  if (verdict == verdict::rejected_bare && open->in_doubt) SAGAD_PROBE("a bare rejection is not believed");
  if (verdict == verdict::rejected_bare) verdict = open->in_doubt ? verdict::unknown : verdict::rejected;
  // The barrier's "rejected" and "nothing to undo" are one: a compensation has no outcome but done.
  if (verdict == verdict::rejected && operation.side == side::compensation) {
    SAGAD_PROBE("a compensation is answered as if it could be rejected");
    verdict = verdict::unknown;
  }
  if (verdict != verdict::done && verdict != verdict::rejected) {
    if (reply.of.attempt != open->attempt) {
      SAGAD_PROBE("an answer comes for an attempt that has ended");
      return reply.late ? refusal{refusal::kind::repeated, saga.seq, {}} : nothing();
    }
    const auto& exchanges = operation.side == side::action ? moment.open_actions : moment.open_compensations;
    const bool under_way = open->accepted || exchanges.test(operation.step);
    // A late "failed" of an attempt that has ended unknown already says nothing new.
    if (reply.late && !under_way) {
      SAGAD_PROBE("a late failure says nothing new");
      return refusal{refusal::kind::repeated, saga.seq, {}};
    }
  }

  deciding deciding(saga, moment);
  switch (verdict) {
    case verdict::done: settle_done(deciding, reply); break;
    case verdict::rejected: settle_rejected(deciding, *open, reply); break;
    case verdict::accepted:
      if (open->accepted) return nothing();
      accept(deciding, *open, reply);
      break;
    case verdict::refused:
    case verdict::differs:
      if (deciding.abandoned(operation)) {
        end_try(deciding, *open, verdict::unknown, reply);
      } else {
        block(deciding, *open, reply);
      }
      break;
    default: end_try(deciding, *open, verdict, reply); break;
  }
  deciding.advance();
  return deciding.take();
}

}  // namespace

decision decide_reply(const saga& saga, const reply& reply, const moment& moment) {
  auto decided = judge_reply(saga, reply, moment);
  if (reply.late || saga.phase != lifecycle::phase::backward || std::holds_alternative<record>(decided)) return decided;
  // The answer changes nothing, but an exchange has closed: an undo that waited for it may begin.
  deciding deciding(saga, moment);
  deciding.advance();
  auto follows = deciding.take();
  if (!std::holds_alternative<record>(follows)) return decided;
  SAGAD_PROBE("an answer that says nothing lets an undo begin");
  return follows;
}

}  // namespace sagad::engine
