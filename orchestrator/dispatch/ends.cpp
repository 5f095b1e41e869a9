#include <algorithm>

#include "dispatch/answer_facts.hpp"
#include "dispatch/machinery.hpp"
#include "dispatch/path_guard.hpp"
#include "http/steady_clock.hpp"
#include "json/json.hpp"
#include "telemetry/log.hpp"

/// How calls end: the facts of an exchange as an answer, and what the participant's state learns from it.
namespace sagad::dispatch {
namespace {

ending as_ending(http::exchange_end how) noexcept {
  switch (how) {
    case http::exchange_end::answered: return ending::answered;
    case http::exchange_end::not_sent: return ending::not_sent;
    case http::exchange_end::cut: return ending::cut;
    case http::exchange_end::timed_out: return ending::timed_out;
    case http::exchange_end::malformed: return ending::unreadable;
    case http::exchange_end::too_large: return ending::too_large;
  }
  return ending::unreadable;
}

/// A status came: whoever is there speaks HTTP. What is no response at all, or has headers without end, proves nobody.
bool spoke(const http::incoming& what) noexcept {
  using end = http::exchange_end;
  return what.status != 0 && (what.how == end::answered || what.how == end::malformed || what.how == end::too_large);
}

bool is_busy(const answer& told) noexcept {
  return told.status == 425 || told.status == 429 || (told.status == 503 && told.retry_after_ms);
}

}  // namespace

void dispatcher::machinery::ended(const http::incoming& what) {
  auto const which = flights_.find(what.tag);
  if (which == flights_.end()) return;
  auto& one = which->second;
  auto& at = of(one);
  millis const now = http::steady_now_ms();
  at.endpoints.ended(one.endpoint);
  if (what.how == http::exchange_end::not_sent && !one.request.may_go_now()) {
    take_back(which);
    return refuse(what.tag, {}, true);
  }
  if (what.how == http::exchange_end::not_sent) {
    at.endpoints.refused(one.endpoint, now);
    if (send(one, now)) return;  // nothing was written: another endpoint may have it at once
  } else if (spoke(what)) {
    at.endpoints.reached(one.endpoint, now);
  } else {
    at.endpoints.failed(one.endpoint, now);
  }
  finish(which, what, now);
}

void dispatcher::machinery::finish(flights::iterator which, const http::incoming& what, millis now) {
  auto& one = which->second;
  auto& at = of(one);
  answer told;
  told.body.swap(spare_body_);
  told.body.clear();
  told.tag = what.tag;
  fill(told, at, what);
  bool const probe_failed = !judge(at, one, what, told, now) && one.probe;
  at.lanes.ended(one.request.lane);
  --begun_;
  end_flight(which);
  if (probe_failed) {
    at.ending = at.expired.size();
    end_expired(at);
  }
  if (auto const line = at.strays.look(now, at.settings.name, at.strayed())) log::warn(*line);
  if (!at.lanes.nobody_waits()) pump(at, now);
  sink_(std::move(told));
  if (told.body.capacity() <= spare_bytes_max) spare_body_.swap(told.body);
}

/// What circuit, pace and counters learn; whether the participant proved alive.
bool dispatcher::machinery::judge(participant& at, const flight& one, const http::incoming& what, const answer& told,
                                  millis now) {
  bool const alive = spoke(what) && (told.status < 500 || is_busy(told));
  bool const known = told.how == ending::answered && told.status < 500;
  if (told.how == ending::answered) {
    ++at.answered;
    at.took.add(what.took_ms);
  } else if (told.how == ending::not_sent) {
    ++at.not_sent;
  } else {
    ++at.unknown;
  }
  at.pace.ended(known);
  if (!alive) {
    at.last_failure = told.detail;
    at.circuit.failed(now, one.probe);
  } else if (at.circuit.succeeded(now, one.probe)) {
    at.pace.begin();
  }
  return alive;
}

void dispatcher::machinery::fill(answer& out, const participant& at, const http::incoming& what) const {
  out.how = as_ending(what.how);
  out.status = what.status;
  out.detail = what.detail;
  if (out.how != ending::answered) return;
  auto said = read_outcome(what);
  out.outcome = said.outcome;
  if (auto const after = what.find("retry-after"); !after.empty()) {
    out.retry_after_ms = parse_retry_after(after, journal_now());
  }
  std::string fault = std::move(said.fault);
  if (auto const location = what.find("location"); !location.empty() && what.status / 100 != 3) {
    out.location = own_location(location, at.authorities);
    // Where nothing may be called nothing can be asked later, either.
    if (!is_within(out.location, at.settings.path_prefixes)) out.location.clear();
    if (out.location.empty() && fault.empty()) fault = foreign_location(location);
  }
  auto const answered = [&] { return at.settings.name + " answered " + std::to_string(what.status); };
  if (what.status / 100 != 2) {
    out.body = shown_body(what.body);
    auto const words = failure_words(what.body);
    out.detail = answered() + (words.empty() ? "" : ": " + words);
  } else if (what.body.empty()) {
    out.body = "null";
  } else if (auto const wrong = json::check(what.body)) {
    out.how = ending::unreadable;
    out.body = shown_body(what.body);
    out.detail = answered() + ", but its body cannot be read as JSON: " + *wrong;
    return;
  } else {
    out.body = what.body;
  }
  if (!fault.empty()) out.detail = answered() + ", but " + fault;
}

}  // namespace sagad::dispatch
