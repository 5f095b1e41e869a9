#include "participants/sdk/built_in_routes.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "compensations/barrier/saga_time.hpp"
#include "participants/sdk/effects.hpp"
#include "participants/sdk/json_reader.hpp"
#include "participants/sdk/json_writer.hpp"
#include "participants/sdk/late_store.hpp"
#include "participants/sdk/path_pattern.hpp"
#include "participants/sdk/problem.hpp"
#include "participants/sdk/wall_clock.hpp"

namespace sagad::participants {
namespace {

constexpr std::int64_t page_rows_max = 10'000;
constexpr std::int64_t after_ms_max = 86'400'000;
constexpr const char* later_example = R"({"path": "/v1/reservations/deliver", "after_ms": 500})";

http_reply json_reply(std::string body) {
  return {.status = 200, .headers = {}, .body = std::move(body)};
}

std::int64_t number_in(const http_request& asked, std::string_view name, std::int64_t otherwise) {
  const auto text = query_value(asked.query(), name);
  if (!text) return otherwise;
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < 0) {
    throw bad_input("\"" + std::string(name) + "\" must be an integer from 0 on, like ?" + std::string(name) + "=100.");
  }
  return value;
}

http_reply late_answer(barrier::guard& guard, const path_values& values) {
  const auto said = guard.look(values.at("saga"), values.at("step"));
  if (!said) {
    return problem_reply("not-found", "no such step", 404, "Nothing is known of this saga and step: call it again.");
  }
  http_reply made{.status = said->status,
                  .headers = {},
                  .body = said->body,
                  .content_type = said->status < 400 ? "application/json" : "application/problem+json"};
  // An undone step's 410 ends the asking; "refused" would be an answer to a call.
  if (said->what != barrier::outcome::refused) {
    made.headers.emplace_back("Saga-Outcome", barrier::name_of(said->what));
  }
  return made;
}

/// The barrier's rows of sagas that began at `since` (milliseconds) or later: what reconciliation asks for.
http_reply barrier_rows(barrier::connection& db, const http_request& asked) {
  const std::string since = barrier::earliest_saga_id(number_in(asked, "since", 0));
  const std::string after = query_value(asked.query(), "after").value_or("");
  json_writer out;
  out.open_object();
  out.open_array("rows");
  auto rows = db.prepare(
      "SELECT saga, step, generation, state, at FROM barrier WHERE saga >= ? AND saga || '/' || step > ? ORDER BY "
      "saga, "
      "step LIMIT 1000");
  rows.bind(since, after);
  std::string next;
  while (rows.step()) {
    out.open_object();
    out.text("saga", rows.bytes(0));
    out.text("step", rows.bytes(1));
    out.integer("generation", rows.integer(2));
    out.text("state", rows.bytes(3));
    out.integer("at", rows.integer(4));
    out.close_object();
    next = rows.text(0) + "/" + rows.text(1);
  }
  out.close_array();
  out.text("next", next);
  out.close_object();
  return json_reply(out.take());
}

http_reply plan_later(const service& what, late_plan& later, const http_request& asked) {
  json_reader body(asked.body, later_example);
  const std::string path = body.text("path");
  const auto after_ms = body.integer_if_present("after_ms", 0, after_ms_max);
  body.finish();
  const bool known = std::any_of(what.calls.begin(), what.calls.end(), [&](const call_route& one) {
    return one.path == path && one.of == barrier::operation::action;
  });
  if (!known) throw bad_input("\"path\" must be one of this participant's actions.");
  later.set(path, after_ms);
  return json_reply("{}");
}

}  // namespace

std::vector<plain_route> built_in_routes(const service& what, barrier::guard& guard, fault_switch& faults,
                                         late_plan& later, std::function<void()> wake) {
  using barrier::connection;
  std::vector<plain_route> routes;
  const auto add = [&routes](const char* method, const char* pattern, auto run) {
    routes.push_back({method, pattern, std::move(run)});
  };
  add("GET", "/healthz",
      [](connection&, const http_request&, const path_values&) { return json_reply(R"({"status":"ok"})"); });
  add("GET", "/v1/answers/{saga}/{step}",
      [&guard](connection&, const http_request&, const path_values& values) { return late_answer(guard, values); });
  add("GET", "/saga-barrier",
      [](connection& db, const http_request& asked, const path_values&) { return barrier_rows(db, asked); });
  add("GET", "/admin/ledger", [](connection& db, const http_request& asked, const path_values&) {
    return json_reply(list_effects(db, number_in(asked, "after", 0), page_rows_max));
  });
  add("GET", "/admin/faults",
      [&faults](connection&, const http_request&, const path_values&) { return json_reply(faults.list()); });
  add("POST", "/admin/faults", [&faults](connection&, const http_request& asked, const path_values&) {
    faults.add(asked.body);
    return json_reply(faults.list());
  });
  add("DELETE", "/admin/faults", [&faults](connection&, const http_request&, const path_values&) {
    faults.clear();
    return json_reply(faults.list());
  });
  add("POST", "/admin/later", [&what, &later](connection&, const http_request& asked, const path_values&) {
    return plan_later(what, later, asked);
  });
  add("POST", "/admin/later/release",
      [wake = std::move(wake)](connection& db, const http_request&, const path_values&) {
        json_writer out;
        out.open_object();
        out.integer("released", late_store(db).release_jobs(wall_clock_ms()));
        out.close_object();
        wake();
        return json_reply(out.take());
      });
  return routes;
}

}  // namespace sagad::participants
