#include "participants/sdk/front.hpp"

#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "compensations/barrier/savepoint.hpp"
#include "participants/sdk/built_in_routes.hpp"
#include "participants/sdk/effects.hpp"
#include "participants/sdk/late_store.hpp"
#include "participants/sdk/path_pattern.hpp"
#include "participants/sdk/problem.hpp"
#include "participants/sdk/wall_clock.hpp"

namespace sagad::participants {
namespace {

constexpr int exit_fault_code = 86;
constexpr std::int64_t late_delay_ms_default = 1000;

http_reply reply_of(const barrier::answer& said, const barrier::call& of) {
  http_reply made{.status = said.status,
                  .headers = {{"Saga-Outcome", std::string(barrier::name_of(said.what))}},
                  .body = said.body,
                  .content_type = said.status < 400 ? "application/json" : "application/problem+json"};
  if (said.retry_after_seconds > 0) made.headers.emplace_back("Retry-After", std::to_string(said.retry_after_seconds));
  if (said.accepted) made.headers.emplace_back("Location", "/v1/answers/" + of.saga + "/" + of.step);
  return made;
}

http_reply failed_reply(const std::string& detail) {
  http_reply made = problem_reply("failed", "the participant failed; nothing was changed", 500, detail);
  made.headers.emplace_back("Saga-Outcome", barrier::name_of(barrier::outcome::failed));
  return made;
}

http_reply busy_reply() {
  http_reply made = problem_reply("busy", "too many calls wait here", 503, "Ask again after Retry-After seconds.");
  made.headers.emplace_back("Retry-After", "1");
  return made;
}

http_reply away_reply() {
  http_reply made = problem_reply("database-away", "the database is not to be reached", 503,
                                  "Nothing was begun. Ask again after Retry-After seconds.");
  made.headers.emplace_back("Retry-After", "1");
  return made;
}

http_reply unknown_reply() {
  http_reply made =
      problem_reply("unknown", "it is not known whether this happened", 500,
                    "The connection to the database went while it committed. Send the same request again: it is told "
                    "what has happened.");
  made.headers.emplace_back("Saga-Outcome", barrier::name_of(barrier::outcome::failed));
  return made;
}

http_reply admin_off_reply() {
  return problem_reply("admin-off", "admin routes are off", 403,
                       "They are open on loopback only. Start with --admin on where the network is yours.");
}

}  // namespace

/// A call on its way through the writer; a fault's copies of one request have one each.
struct front::open_call {
  const call_route& route;
  http_request asked;
  call_headers said;
  std::optional<fault_rule> fault;
  http_server::responder respond;  ///< empty: nobody is told
  http_reply made;
  bool job_added = false;
};

void front::take(http_request asked, http_server::responder respond) {
  const std::string_view path = asked.path();
  for (const auto& route : parts_.what.calls) {
    if (route.path != path) continue;
    if (asked.method == "POST") return take_call(route, std::move(asked), std::move(respond));
    http_reply made = problem_reply("method", "this route knows POST alone", 405, "Send POST.");
    made.headers.emplace_back("Allow", "POST");
    return respond(std::move(made));
  }
  for (const auto& route : parts_.plain) {
    if (route.method != asked.method) continue;
    if (auto values = fit_path(route.pattern, path)) {
      if (!parts_.admin && is_admin(route.pattern)) return respond(admin_off_reply());
      return take_plain(route, std::move(asked), std::move(*values), std::move(respond));
    }
  }
  respond(not_found(asked));
}

http_reply front::not_found(const http_request& asked) const {
  std::string known;
  std::string allowed;
  for (const auto& route : parts_.what.calls) known += " POST " + route.path + ",";
  for (const auto& route : parts_.plain) {
    known += " " + route.method + " " + route.pattern + ",";
    if (fit_path(route.pattern, asked.path())) allowed += (allowed.empty() ? "" : ", ") + route.method;
  }
  known.pop_back();
  if (allowed.empty()) return problem_reply("not-found", "no such route", 404, "This participant serves" + known + ".");
  http_reply made = problem_reply("method", "no such method on this route", 405, "Send " + allowed + ".");
  made.headers.emplace_back("Allow", allowed);
  return made;
}

void front::take_plain(const plain_route& route, http_request asked, path_values values,
                       http_server::responder respond) {
  struct open_plain {
    http_request asked;
    path_values values;
    http_server::responder respond;
    http_reply made;
  };
  auto one = std::make_shared<open_plain>(open_plain{std::move(asked), std::move(values), std::move(respond), {}});
  database_thread::task task;
  task.work = [one, &route](barrier::connection& db) {
    one->made = problem_reply("failed", "the participant failed; nothing was changed", 500, "See its log.");
    barrier::savepoint part(db);
    try {
      one->made = route.run(db, one->asked, one->values);
      part.keep();
    } catch (const bad_input& error) {
      one->made = problem_reply("bad-input", "the request cannot be read", 400, error.what());
    }
  };
  task.settled = [one](database_thread::verdict end) {
    using verdict = database_thread::verdict;
    if (end == verdict::failed && one->made.status < 400) one->made = failed_reply("See its log.");
    if (end == verdict::busy) one->made = busy_reply();
    if (end == verdict::away) one->made = away_reply();
    if (end == verdict::unknown) one->made = unknown_reply();
    one->respond(std::move(one->made));
  };
  auto& thread = route.writes ? parts_.writer : parts_.reader;
  if (!thread.post(std::move(task))) one->respond(busy_reply());
}

void front::take_call(const call_route& route, http_request asked, http_server::responder respond) {
  auto one =
      std::make_shared<open_call>(open_call{route, std::move(asked), {}, std::nullopt, std::move(respond), {}, false});
  try {
    one->said = read_call_headers(one->asked);
    if (one->said.of.of != route.of) {
      throw bad_input(route.path + std::string(route.of == barrier::operation::action
                                                   ? " is an action, not a compensation."
                                                   : " is a compensation, not an action."));
    }
  } catch (const bad_input& error) {
    return one->respond(problem_reply("bad-input", "the request cannot be read", 400, error.what()));
  }
  one->fault = parts_.faults.strike(one->said.of);
  if (one->fault && one->fault->kind == fault_kind::hang) {
    parts_.faults.happened(fault_kind::hang);
    auto give_up = [one] { one->respond(failed_reply("A fault that was asked for: nothing was done.")); };
    return one->fault->delay_ms ? parts_.timers.after(std::chrono::milliseconds(*one->fault->delay_ms), give_up)
                                : parts_.timers.at_stop(give_up);
  }
  if (one->fault && one->fault->kind == fault_kind::answer_twice) {
    parts_.faults.happened(fault_kind::answer_twice);
    // The caller hears the second: it must be told what the first was.
    auto first = std::make_shared<open_call>(*one);
    first->respond = nullptr;
    submit(first);
  }
  submit(one);
}

void front::submit(const std::shared_ptr<open_call>& one) {
  database_thread::task task;
  task.work = [this, one](barrier::connection& db) { work(*one, db); };
  task.settled = [this, one](database_thread::verdict end) { settle(*one, end); };
  if (!parts_.writer.post(std::move(task))) reply(*one, busy_reply());
}

void front::work(open_call& one, barrier::connection& db) {
  one.made = failed_reply("See the participant's log.");
  try {
    const barrier::answer said = parts_.guard.enter(one.said.of, [&] { return run(one, db); });
    one.made = reply_of(said, one.said.of);
  } catch (const bad_input& error) {
    // The barrier has taken everything back; there is nothing else in this task's part.
    one.job_added = false;
    one.made = problem_reply("bad-input", "the request cannot be read", 400, error.what());
  }
}

barrier::business_result front::run(open_call& one, barrier::connection& db) {
  const bool struck = one.fault.has_value();
  if (struck && one.fault->kind == fault_kind::reject) {
    parts_.faults.happened(fault_kind::reject);
    return rejected("fault", "A fault that was asked for.");
  }
  transaction tx{.db = db, .of = one.said.of, .now_ms = wall_clock_ms(), .late = false};
  const auto plan = one.said.of.of == barrier::operation::action ? parts_.later.after_ms(one.route.path) : std::nullopt;
  barrier::business_result said =
      plan ? accepted(R"({"state":"accepted"})") : run_with_effect(one.route.run, tx, one.asked);
  if (said.what == barrier::decision::accepted) {
    late_store(db).add({.of = one.said.of,
                        .asked = {one.asked.method, one.asked.target, {}, one.asked.body},
                        .callback = one.said.callback,
                        .due_at_ms = tx.now_ms + plan.value_or(0),
                        .tries = 0});
    one.job_added = true;
  }
  if (struck && one.fault->kind == fault_kind::fail) {
    parts_.faults.happened(fault_kind::fail);
    throw std::runtime_error("a fault that was asked for");
  }
  return said;
}

void front::settle(open_call& one, database_thread::verdict end) {
  using verdict = database_thread::verdict;
  if (end == verdict::busy) return reply(one, reply_of(parts_.guard.in_progress(), one.said.of));
  if (end == verdict::away) return reply(one, away_reply());
  if (end == verdict::failed) one.made = failed_reply("See the participant's log.");
  if (end == verdict::unknown) one.made = unknown_reply();
  if (end == verdict::committed && one.fault && one.fault->kind == fault_kind::exit) _exit(exit_fault_code);
  const bool may_be_there = end == verdict::committed || end == verdict::unknown;
  if (may_be_there && one.job_added && late_worker_ != nullptr) late_worker_->wake();
  if (one.fault && one.fault->kind == fault_kind::late) {
    parts_.faults.happened(fault_kind::late);
    const auto delay = std::chrono::milliseconds(one.fault->delay_ms.value_or(late_delay_ms_default));
    return parts_.timers.after(delay, [respond = one.respond, made = one.made] { respond(made); });
  }
  reply(one, std::move(one.made));
}

void front::reply(const open_call& one, http_reply made) {
  if (one.respond) one.respond(std::move(made));
}

}  // namespace sagad::participants
