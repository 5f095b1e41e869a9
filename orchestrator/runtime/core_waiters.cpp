#include <algorithm>
#include <utility>

#include "base/erase_those.hpp"
#include "base/probe.hpp"
#include "json/json.hpp"
#include "records/as_json.hpp"
#include "runtime/core.hpp"
#include "runtime/printable.hpp"
#include "runtime/saga_json.hpp"

namespace sagad::runtime {

void core::wait(resident& of, journal::ticket ticket, patience how, unique_function<void(start_result)> tell) {
  const auto until_final = impatient_ ? 0 : how.until;
  const bool now_final = of.saga.final() && durable(of);
  if (ticket <= settled_ && (until_final == 0 || now_final || of.quarantined)) {
    auto answer = answer_or_not(of);
    if (now_final && of.active->waiters.empty() && of.queued == 0) erase(of);
    return tell(std::move(answer));
  }
  auto& waiter = *of.active.make().waiters.emplace_back(std::make_unique<struct waiter>());
  waiter.of = &of;
  waiter.ticket = ticket;
  waiter.until_final = until_final != 0;
  waiter.client_gone = std::move(how.client_gone);
  waiter.tell = std::move(tell);
  ++waiting_;
  if (until_final != 0) patience_.set(waiter, until_final);
}

saga_answer core::answer_about(const resident& of) const {
  saga_answer answer;
  answer.id = of.saga.id;
  answer.state = of.quarantined && !of.saga.final() ? "stuck" : engine::shown_state(of.saga);
  answer.final = of.saga.final();
  answer.seq = of.saga.seq;
  answer.position = of.position;
  answer.body = saga_as_json(of.saga, of.quarantined, [&](std::string& out, engine::operation_id operation) {
    std::uint32_t under_way = 0;
    for (const auto& call : of.active->calls) {
      if (!(call.attempt.operation == operation) || call.what != engine::wanted::kind::call) continue;
      const auto standing = around_.caller.look(call.tag);
      if (standing.stage == dispatch::standing::stage::held) {
        out += ",\"held\":";
        json::append_string(out, printable(standing.why));
        out += ",\"held_since\":\"" + records::timestamp(standing.since) + "\"";
        if (standing.until != 0) out += ",\"held_until\":\"" + records::timestamp(standing.until) + "\"";
      } else if (standing.stage == dispatch::standing::stage::open) {
        out += ",\"in_flight\":true,\"times_out_at\":\"" + records::timestamp(standing.times_out) + "\"";
        under_way = call.attempt.attempt;
      }
    }
    return under_way;
  });
  return answer;
}

// Where a saga is only its owner knows. What is over stays as it is.
start_result core::answer_or_not(const resident& of) const {
  if (of.saga.final() || trusted(of.saga.id.partition())) return answer_about(of);
  SAGAD_PROBE("nobody is told of a saga that another may have");
  return failed_start{{problem_code::overloaded, "whether this node is still the saga's owner is not known: ask again"},
                      of.saga.id};
}

void core::tell_waiters(resident& of) {
  if (of.active->waiters.empty()) return;
  const bool final = of.saga.final() && durable(of);
  waiting_ -= erase_those(of.active.make().waiters, [&](const auto& waiter) {
    if (waiter->ticket > settled_ || (waiter->until_final && !final && !of.quarantined)) return false;
    patience_.remove(*waiter);
    told_.push_back({std::move(waiter->tell), answer_or_not(of)});
    return true;
  });
}

// Who has gone keeps no place: they are told where the saga is, which nobody hears.
void core::let_go_of_the_gone(resident& of) {
  bool any = false;
  for (const auto& waiter : of.active->waiters) {
    if (waiter->client_gone == nullptr || !waiter->client_gone->load(std::memory_order_relaxed)) continue;
    patience_.remove(*waiter);
    waiter->until_final = false;
    SAGAD_PROBE("a waiter's client has gone");
    any = true;
  }
  if (any && durable(of)) tell_waiters(of);
  of.rest();
}

void core::tell_all(resident& of, const start_result& what) {
  if (!of.active.made()) return;
  const auto told = std::exchange(of.active.make().waiters, {});
  waiting_ -= told.size();
  for (auto& waiter : told) {
    patience_.remove(*waiter);
    told_.push_back({std::move(waiter->tell), what});
  }
}

// Whoever waits for the end waits on beside its records, whoever adds to them. The others, and for whom there is no
// place, are told now: where the saga is as long as it is this node's, which it is until it was given back.
void core::let_look_on(resident& of, dropped_as how) {
  if (of.active->waiters.empty()) return;
  const auto now = around_.time.now();
  waiting_ -= erase_those(of.active.make().waiters, [&](const auto& waiter) {
    if (!waiter->until_final || waiter->ticket > settled_) return false;
    return looks_on(*waiter, std::max<millis>(waiter->wakes_at - now, 0));
  });
  if (of.active->waiters.empty()) return;
  if (how == dropped_as::handed_over) SAGAD_PROBE("whoever cannot look on is told where a saga is before it moves");
  tell_all(of, how == dropped_as::handed_over
                   ? answer_or_not(of)
                   : failed_start{{problem_code::overloaded, "the saga has another owner now: ask again"}, of.saga.id});
}

bool core::looks_on(waiter& who, millis patience_ms) {
  if (!around_.look_on) return false;
  moved_waiter moved{who.of->saga.id, patience_ms, who.client_gone, std::move(who.tell)};
  if (!around_.look_on(moved)) {
    who.tell = std::move(moved.tell);
    return false;
  }
  SAGAD_PROBE("whoever waits for a saga that another may have looks on");
  patience_.remove(who);
  return true;
}

void core::tell_now() {
  if (std::exchange(telling_now_, true)) return;
  while (!told_.empty()) {
    auto next = std::move(told_.front());
    told_.pop_front();
    next.tell(std::move(next.what));
  }
  telling_now_ = false;
}

void core::tell_where_it_is() {
  impatient_ = true;
  give_up_waiting(never - 1);
  tell_now();
}

void core::give_up_waiting(millis due) {
  while (auto* waiter = patience_.pop_due(due)) {
    auto& of = *waiter->of;
    // Where it is may only be told once it is durable: a waiter whose time is up waits for no more than that.
    waiter->until_final = false;
    waiter->ticket = of.newest;
    if (!durable(of)) {
      SAGAD_PROBE("a waiter's time is up before what he is told is durable");
      continue;
    }
    if (!of.saga.final() && !trusted(of.saga.id.partition()) && looks_on(*waiter, 0)) {
      waiting_ -= erase_those(of.active.make().waiters, [waiter](const auto& one) { return one.get() == waiter; });
    }
    tell_waiters(of);
    of.rest();
  }
}

}  // namespace sagad::runtime
