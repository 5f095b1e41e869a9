#include <algorithm>
#include <type_traits>

#include "base/probe.hpp"
#include "engine/decision.hpp"

namespace sagad::engine {
namespace {

decision decide_start(const saga& saga, const start& start, const moment& moment) {
  if (saga.seq != 0) throw broken_invariant("a saga cannot start twice");
  auto with_deadline = saga;  // the pivot and the first releases are judged against it
  const auto& definition = *saga.definition;
  const auto deadline_ms = start.deadline_ms != 0 ? start.deadline_ms : definition.deadline_ms;
  with_deadline.deadline = deadline_ms == 0 ? 0 : later(moment.at, deadline_ms);
  deciding deciding(with_deadline, moment);
  auto& event = deciding.note(fact::started);
  event.content = definition.content;
  event.body = start.input;
  event.text = start.key;
  event.more = start.labels;
  event.actor = start.actor;
  event.attempt = start.version;
  event.at = with_deadline.deadline;
  deciding.learn_input(start.input);
  deciding.advance();
  return deciding.take();
}

// Whether a call of this operation may have been under way when its owner went away.
bool may_have_been_called(const saga& saga, const open_operation& open) noexcept {
  if (open.accepted || (open.blocked && open.next_at == never)) return false;
  return !(saga.abandoned(open.operation) && open.in_doubt);
}

decision decide_recovery(const saga& saga, const recovery& recovery, const moment& moment) {
  if (saga.final()) return nothing();
  deciding deciding(saga, moment);
  deciding.note(fact::recovered).at = static_cast<millis>(recovery.epoch);
  bool any = false;
  for (const auto& open : saga.open) {
    if (!may_have_been_called(saga, open)) continue;
    auto& event = deciding.note(fact::lost, open.operation);
    event.generation = open.generation;
    event.attempt = open.attempt;
    any = true;
  }
  if (lifecycle::is_backward(saga.phase)) deciding.advance();
  auto decided = deciding.take();
  const auto* made = std::get_if<record>(&decided);
  if (made != nullptr && !any && made->events.size() == 1 && made->released.empty()) return nothing();
  if (made != nullptr && !made->released.empty()) SAGAD_PROBE("a recovery goes on with the way back");
  return decided;
}

decision decide_tick(const saga& saga, const moment& moment) {
  if (saga.final() || lifecycle::is_paused(saga.phase)) return nothing();
  deciding deciding(saga, moment);
  for (const auto& open : saga.open) {
    if (!open.accepted || open.late_until > moment.at || deciding.abandoned(open.operation)) continue;
    SAGAD_PROBE("no late answer comes in time");
    reply silence;
    silence.of = {open.operation, open.generation, open.attempt};
    silence.why = cause::no_late_answer;
    silence.detail = "no late answer came in time";
    end_try(deciding, open, verdict::unknown, silence);
  }
  deciding.advance();
  return deciding.take();
}

decision decide_mismatch(const saga& saga, const mismatch& mismatch, const moment& moment) {
  const auto* open = saga.find(mismatch.operation);
  if (saga.final() || open == nullptr || saga.abandoned(mismatch.operation)) return nothing();
  if (open->accepted || (open->blocked && open->blocked_by == cause::rendering)) return nothing();
  deciding deciding(saga, moment);
  auto& event = deciding.note(fact::blocked, mismatch.operation);
  event.why = cause::rendering;
  event.at = never;
  return deciding.take();
}

}  // namespace

decision decide(const saga& saga, const input& given, const moment& moment) {
  if (saga.seq == 0 && !std::holds_alternative<start>(given)) throw broken_invariant("the saga has not started");
  auto decided = std::visit(
      [&](const auto& what) -> decision {
        using type = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<type, start>) return decide_start(saga, what, moment);
        if constexpr (std::is_same_v<type, reply>) return decide_reply(saga, what, moment);
        if constexpr (std::is_same_v<type, recovery>) return decide_recovery(saga, what, moment);
        if constexpr (std::is_same_v<type, tick>) return decide_tick(saga, moment);
        if constexpr (std::is_same_v<type, mismatch>) return decide_mismatch(saga, what, moment);
        if constexpr (std::is_same_v<type, command>) return decide_command(saga, what, moment);
      },
      given);
  if (auto* made = std::get_if<record>(&decided)) made->cause = static_cast<input_kind>(given.index() + 1);
  return decided;
}

}  // namespace sagad::engine
