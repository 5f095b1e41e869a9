#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include "base/ascii.hpp"
#include "base/erase_those.hpp"
#include "base/joined.hpp"
#include "base/probe.hpp"
#include "runtime/core.hpp"
#include "runtime/printable.hpp"
#include "telemetry/log.hpp"

namespace sagad::runtime {
namespace {

using kind = engine::wanted::kind;

constexpr millis trust_looked_for_every_ms = 100;

dispatch::lane lane_of(const engine::saga& saga, engine::operation_id operation) {
  if (operation.side == engine::side::compensation) return dispatch::lane::compensation;
  return saga.definition->steps[operation.step].kind == definition::step_kind::compensatable
             ? dispatch::lane::action
             : dispatch::lane::must_succeed;
}

// As it was rendered when it was released; else rendered now, and nothing unless it is the one that was recorded.
std::optional<engine::request> request_of(const engine::saga& saga, const engine::attempt_id& attempt,
                                          engine::rendered_requests& requests) {
  const auto at_hand = std::find_if(requests.begin(), requests.end(), [&](const engine::rendered& one) {
    return one.operation == attempt.operation && one.generation == attempt.generation;
  });
  if (at_hand != requests.end()) return std::move(at_hand->request);
  engine::request request;
  const auto error = engine::render(saga, attempt.operation, request);
  if (error || half_digest(request.content()) != saga.find(attempt.operation)->request) return std::nullopt;
  return request;
}

// A number as text, without an allocation.
class decimal {
 public:
  explicit decimal(std::uint64_t value)
      : size_(static_cast<std::size_t>(std::to_chars(digits_.data(), digits_.data() + digits_.size(), value).ptr -
                                       digits_.data())) {}
  std::string_view text() const noexcept { return {digits_.data(), size_}; }

 private:
  std::array<char, 20> digits_;
  std::size_t size_;
};

// The ids of trace and span, as W3C's "Trace Context" writes them: 16 bytes, a hyphen and 8 more, in hexadecimal.
std::array<char, 49> trace_of(const saga_id& trace, std::uint64_t span) noexcept {
  std::array<char, 49> out;
  auto* to = out.data();
  for (auto byte : trace.bytes) to = put_hex(to, byte);
  *to++ = '-';
  for (int shift = 56; shift >= 0; shift -= 8) {
    to = put_hex(to, static_cast<std::uint8_t>(span >> static_cast<unsigned>(shift) & 0xFFU));
  }
  return out;
}

}  // namespace

void core::reconcile(resident& of, engine::rendered_requests&& requests) {
  // Each round either only starts calls and sets the timer, or has recorded something, which comes back through the
  // gate.
  if (of.vanished || frozen(of)) return;  // what is frozen is looked at again when it thaws
  if (of.saga.final() || of.quarantined) {
    timers_.remove(of);
    if (of.saga.final() && !of.counted) {
      of.counted = true;
      auto& count = of.saga.phase == lifecycle::phase::completed     ? counters_.completed
                    : of.saga.phase == lifecycle::phase::compensated ? counters_.compensated
                                                                     : counters_.resolved;
      ++count;
    }
    tell_waiters(of);
    if (of.saga.final() && of.queued == 0 && of.active->waiters.empty()) erase(of);
    return;
  }
  tell_waiters(of);
  if (leaves_at_[of.saga.id.partition()] != 0) {
    timers_.remove(of);
    return of.rest();
  }
  const auto now = std::max(around_.time.now(), of.saga.changed);
  auto work = engine::outstanding(of.saga, now);
  withdraw_unwanted(of, work);
  if (std::exchange(of.closed, false) || work.wake_at <= now) {
    const auto decided = submit(of, engine::tick{});
    if (std::holds_alternative<engine::record>(decided)) return;
    if (of.quarantined) return reconcile(of);
    if (work.wake_at <= now) {
      quarantine(of, "its time has come and nothing is to be done");
      return reconcile(of);
    }
  }
  if (!trusted(of.saga.id.partition())) {
    SAGAD_PROBE("no call begins while another may have the partition");
    timers_.set(of, std::min(work.wake_at, later(now, trust_looked_for_every_ms)));
    return of.rest();
  }
  if (!draining_) begin_wanted(of, work, requests);
  of.urgent = false;
  timers_.set(of, draining_ ? work.wake_at : std::min(work.wake_at, next_poll(of)));
  of.rest();
}

void core::withdraw_unwanted(resident& of, const engine::work& work) {
  if (!of.active.made()) return;
  auto& active = of.active.make();
  erase_those(active.calls, [&](const under_way& call) {
    const bool wanted = std::any_of(work.now.begin(), work.now.end(), [&](const engine::wanted& one) {
      return one.what == call.what && one.attempt == call.attempt;
    });
    if (wanted || !around_.caller.withdraw(call.tag)) return false;
    SAGAD_PROBE("a call is withdrawn before its first byte");
    free_tag(call.tag);
    of.closed |= call.what == kind::call && lifecycle::is_backward(of.saga.phase);
    return true;
  });
  std::erase_if(active.polls, [&](const poll_plan& plan) {
    return std::none_of(work.now.begin(), work.now.end(), [&](const engine::wanted& one) {
      return one.what == kind::poll && one.attempt.operation == plan.operation;
    });
  });
}

void core::begin_wanted(resident& of, const engine::work& work, engine::rendered_requests& requests) {
  const auto now = around_.time.now();
  for (const auto& one : work.now) {
    const bool busy = std::any_of(of.active->calls.begin(), of.active->calls.end(), [&](const under_way& call) {
      return call.attempt.operation == one.attempt.operation;
    });
    if (busy) continue;
    if (one.what == kind::call) {
      begin_call(of, one.attempt, requests);
      if (of.quarantined || !durable(of)) return;  // a mismatch was recorded
      continue;
    }
    const auto plan = std::find_if(of.active->polls.begin(), of.active->polls.end(), [&](const poll_plan& planned) {
      return planned.operation == one.attempt.operation;
    });
    if (plan == of.active->polls.end()) {
      plan_poll(of, one.attempt, std::nullopt);
    } else if (plan->next_at <= now) {
      begin_poll(of, one.attempt);
    }
  }
}

void core::begin_call(resident& of, const engine::attempt_id& attempt, engine::rendered_requests& requests) {
  auto found = request_of(of.saga, attempt, requests);
  if (!found) {
    log::error("saga " + of.saga.id.text() + ": the request of step " +
               of.saga.definition->steps[attempt.operation.step].name +
               " is not the one that was recorded; it was not sent, `edit` gives it a body");
    submit(of, engine::mismatch{attempt.operation});
    return;
  }
  auto& request = *found;
  const auto& step = of.saga.definition->steps[attempt.operation.step];
  const auto& declared = engine::declared(*of.saga.definition, attempt.operation);
  const auto participant = around_.caller.find(step.participant);
  if (!participant) {
    SAGAD_PROBE("a call's participant is not configured");
    engine::reply reply;
    reply.of = attempt;
    reply.verdict = engine::verdict::refused;
    reply.why = engine::cause::unknown_participant;
    // Of several nodes perhaps only this one lacks it.
    const auto where =
        around_.shared == nullptr ? "" : " at the node that was to call it: " + around_.shared->this_node();
    const auto detail = "participant `" + step.participant + "` is not configured" + where;
    reply.detail = detail;
    submit(of, reply);
    return;
  }
  dispatch::call call;
  call.participant = *participant;
  call.lane = lane_of(of.saga, attempt.operation);
  call.method = request.method;
  call.target = std::move(request.target);
  call.headers = call_headers(of.saga, attempt, !request.body.empty());
  call.headers += request.headers;
  call.body = std::move(request.body);
  call.timeout_ms = declared.timeout_ms;
  call.hold_ms_max = compensations::hold_bound(declared.retry);
  call.urgent = of.urgent;
  call.may_go = asked_for(of);
  call.tag = take_tag(of);
  of.active.make().calls.push_back({attempt, kind::call, call.tag});
  ++counters_.calls;
  around_.caller.begin(std::move(call));
}

void core::begin_poll(resident& of, const engine::attempt_id& attempt) {
  const auto& step = of.saga.definition->steps[attempt.operation.step];
  const auto participant = around_.caller.find(step.participant);
  engine::request request;  // of which a poll has the headers: what leads a call to its place leads the poll there
  if (!participant || engine::render(of.saga, attempt.operation, request)) {
    return plan_poll(of, attempt, std::nullopt);
  }
  dispatch::call call;
  call.participant = *participant;
  call.lane = lane_of(of.saga, attempt.operation);
  call.method = "GET";
  call.target = of.saga.find(attempt.operation)->text.view();
  call.headers = call_headers(of.saga, attempt, false);
  call.headers += request.headers;
  call.timeout_ms = engine::declared(*of.saga.definition, attempt.operation).timeout_ms;
  call.hold_ms_max = options_.poll_max_ms;
  call.may_go = asked_for(of);
  call.tag = take_tag(of);
  of.active.make().calls.push_back({attempt, kind::poll, call.tag});
  ++counters_.polls;
  around_.caller.begin(std::move(call));
}

// A call may be held, and the process may stand still: what goes out then is asked for once more.
// (Half of the epoch does, and lets all of it lie within the function object.)
std::function<bool()> core::asked_for(const resident& of) const {
  if (around_.shared == nullptr) return {};
  const auto partition = of.saga.id.partition();
  return [this, partition, epoch = static_cast<std::uint32_t>(epochs_[partition])] {
    return static_cast<std::uint32_t>(epochs_[partition]) == epoch && trusted(partition);
  };
}

std::string core::call_headers(const engine::saga& saga, const engine::attempt_id& attempt, bool has_body) const {
  const auto& step = saga.definition->steps[attempt.operation.step];
  const auto side = engine::name(attempt.operation.side);
  std::array<char, saga_id::text_size> id_text;
  saga.id.write(id_text.data());
  const std::string_view id(id_text.data(), id_text.size());
  const decimal generation(attempt.generation);
  const decimal number(attempt.attempt);
  const decimal epoch(epochs_[saga.id.partition()]);
  const auto span = compensations::jitter_dice(saga.id, attempt.operation.step,
                                               static_cast<std::uint8_t>(attempt.operation.side), attempt.attempt);
  const auto trace = trace_of(saga.id, span | 1U);
  const std::string_view kind = has_body ? "Content-Type: application/json\r\n" : "";
  auto lines = joined("Saga-Id: ", id, "\r\nSaga-Definition: ", saga.definition->name, "\r\nSaga-Step: ", step.name,
                      "\r\nSaga-Operation: ", side, "\r\nSaga-Generation: ", generation.text(),
                      "\r\nSaga-Attempt: ", number.text(), "\r\nSaga-Epoch: ", epoch.text(),
                      "\r\nIdempotency-Key: ", id, "/", step.name, "/", side, "/", generation.text(),
                      "\r\ntraceparent: 00-", std::string_view(trace.data(), trace.size()), "-01\r\n", kind);
  if (engine::declared(*saga.definition, attempt.operation).late == definition::late_answer::callback) {
    append_joined(lines, "Saga-Callback: ", options_.public_url, "/v1/callbacks/",
                  around_.signer.sign({saga.id, attempt.operation, attempt.generation}), "\r\n");
  }
  return lines;
}

std::uint64_t core::take_tag(resident& of) {
  std::uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[slot].of = &of;
  ++calls_open_;
  return std::uint64_t{++slots_[slot].generation} << 32U | slot;
}

void core::free_tag(std::uint64_t tag) {
  slots_[tag & UINT32_MAX].of = nullptr;
  free_slots_.push_back(static_cast<std::uint32_t>(tag & UINT32_MAX));
  --calls_open_;
}

void core::withdraw_held(resident& of) {
  if (!of.active.made()) return;
  erase_those(of.active.make().calls, [&](const under_way& call) {
    if (!around_.caller.withdraw(call.tag)) return false;
    SAGAD_PROBE("a held call is taken back for a command or a drain");
    free_tag(call.tag);
    of.closed |= call.what == kind::call && lifecycle::is_backward(of.saga.phase);
    return true;
  });
}

// Whatever is under way for a saga that leaves: taken back, or its answer will find nobody.
void core::part(resident& of) {
  if (!of.active.made()) return;
  auto& calls = of.active.make().calls;
  for (const auto& call : calls) {
    if (around_.caller.withdraw(call.tag)) {
      free_tag(call.tag);
    } else {
      slots_[call.tag & UINT32_MAX].of = nullptr;
    }
  }
  calls.clear();
}

void core::answered(dispatch::answer&& answer) {
  const auto slot = answer.tag & UINT32_MAX;
  if (slot >= slots_.size() || slots_[slot].generation != answer.tag >> 32U) return;
  auto* of = slots_[slot].of;
  if (of != nullptr && frozen(*of)) {
    SAGAD_PROBE("an answer waits for a frozen partition");
    frozen_answers_.push_back(std::move(answer));
    return;
  }
  free_tag(answer.tag);
  if (of == nullptr) {
    SAGAD_PROBE("an answer comes for a saga that is not in memory any more");
    return;
  }
  auto& calls = of->active.make().calls;
  const auto call =
      std::find_if(calls.begin(), calls.end(), [&](const under_way& one) { return one.tag == answer.tag; });
  if (call == calls.end()) return;
  const auto ended = *call;
  calls.erase(call);
  if (answer.withheld) {
    SAGAD_PROBE("a call is kept back at its first byte, because another may have the partition");
    of->closed |= lifecycle::is_backward(of->saga.phase);
    if (durable(*of)) reconcile(*of);
  } else {
    take_answer(*of, ended, answer);
  }
  tell_now();
}

namespace {

/// Says what is wrong with an answer that means nothing here.
std::string misfit(const definition::operation& declared, const std::string& participant,
                   const dispatch::answer& answer) {
  const auto answered = fmt::format("{} answered {}", participant, answer.status);
  if (answer.outcome == engine::outcome::done) {
    return answered + ", which contradicts its Saga-Outcome \"done\"";
  }
  if (answer.status != 202 || answer.outcome != engine::outcome::absent) return answer.detail;
  if (declared.late == definition::late_answer::none) {
    return answered + " (the outcome follows), but the definition awaits no late answer: it has no `answer`";
  }
  return answer.detail.empty() ? answered + " without a Location, which says where to ask for the outcome"
                               : answer.detail;
}

}  // namespace

void core::take_answer(resident& of, const under_way& ended, dispatch::answer& answer) {
  const auto& declared = engine::declared(*of.saga.definition, ended.attempt.operation);
  const auto& step = of.saga.definition->steps[ended.attempt.operation.step];
  engine::exchange seen;
  seen.how = answer.how;
  seen.status = answer.status;
  seen.outcome = answer.outcome;
  seen.retry_after_ms = answer.retry_after_ms;
  seen.location = answer.location;
  seen.body = answer.body;
  const auto polled = ended.what == kind::poll ? engine::classify_poll(declared, seen) : std::nullopt;
  const auto judged = polled ? *polled : engine::classify(declared, seen);
  // A participant that compares epochs has heard of another owner.
  if (judged.verdict == engine::verdict::stale && around_.shared != nullptr) around_.shared->look_at_leases();
  if (judged.verdict == engine::verdict::misconfigured && answer.how == engine::ending::answered) {
    SAGAD_PROBE("an answer makes no sense");
    answer.detail = misfit(declared, step.participant, answer);
  }
  if (ended.what == kind::poll && !polled) {
    const bool still_at_it = answer.status == 202 && answer.outcome == engine::outcome::absent;
    if (!still_at_it) tell_oddity(judged, of, ended, answer);
    plan_poll(of, ended.attempt, answer.retry_after_ms);
    if (durable(of)) reconcile(of);
    return;
  }
  ++counters_.verdicts[static_cast<std::size_t>(judged.verdict) % counters_.verdicts.size()];
  tell_oddity(judged, of, ended, answer);
  engine::reply reply;
  reply.of = ended.attempt;
  reply.verdict = judged.verdict;
  reply.why = judged.why;
  reply.status = answer.status;
  reply.retry_after_ms = answer.retry_after_ms;
  reply.body = answer.body;
  reply.location = answer.location;
  reply.late = ended.what == kind::poll;
  const bool said = judged.verdict == engine::verdict::rejected || judged.verdict == engine::verdict::rejected_bare;
  std::string detail;
  if (judged.verdict != engine::verdict::done) {
    detail = printable(said || answer.detail.empty() ? answer.body : answer.detail);
  }
  reply.detail = detail;
  const auto decided = submit(of, reply);
  if (std::holds_alternative<engine::record>(decided)) return;
  of.closed = lifecycle::is_backward(of.saga.phase);
  if (durable(of)) reconcile(of);
}

// An answer that somebody should look into, whatever becomes of the saga.
void core::tell_oddity(engine::judged seen, const resident& of, const under_way& ended,
                       const dispatch::answer& answer) {
  const bool alert = seen.verdict == engine::verdict::misconfigured || seen.verdict == engine::verdict::refused ||
                     seen.verdict == engine::verdict::differs || seen.verdict == engine::verdict::stale;
  if (!alert) return;
  const auto& step = of.saga.definition->steps[ended.attempt.operation.step];
  const bool misconfigured = seen.verdict == engine::verdict::misconfigured;
  alerts_.tell(
      around_.time.now(),
      fmt::format("saga {}: participant {} answered {}step {}'s {} with {} ({}){}", of.saga.id.text(), step.participant,
                  ended.what == kind::poll ? "a poll for " : "", step.name, engine::name(ended.attempt.operation.side),
                  answer.status, engine::name(seen.why),
                  misconfigured ? ": " + printable(answer.detail) + "; check the definition or the participant" : ""));
}

void core::plan_poll(resident& of, const engine::attempt_id& attempt, std::optional<millis> retry_after_ms) {
  const auto delay =
      std::clamp(retry_after_ms.value_or(options_.poll_min_ms), options_.poll_min_ms, options_.poll_max_ms);
  const auto next_at = later(around_.time.now(), delay);
  auto& polls = of.active.make().polls;
  for (auto& plan : polls) {
    if (plan.operation == attempt.operation) {
      plan.next_at = next_at;
      return;
    }
  }
  polls.push_back({attempt.operation, next_at});
}

millis core::next_poll(const resident& of) const noexcept {
  auto next = never;
  for (const auto& plan : of.active->polls) {
    const bool polling = std::any_of(of.active->calls.begin(), of.active->calls.end(),
                                     [&](const under_way& call) { return call.attempt.operation == plan.operation; });
    if (!polling) next = std::min(next, plan.next_at);
  }
  return next;
}

}  // namespace sagad::runtime
