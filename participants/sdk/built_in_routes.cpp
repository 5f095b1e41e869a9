#include "participants/sdk/built_in_routes.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "compensations/barrier/guard.hpp"
#include "participants/sdk/barrier_page.hpp"
#include "participants/sdk/effects.hpp"
#include "participants/sdk/json_reader.hpp"
#include "participants/sdk/json_writer.hpp"
#include "participants/sdk/late_store.hpp"
#include "participants/sdk/path_pattern.hpp"
#include "participants/sdk/problem.hpp"
#include "participants/sdk/wall_clock.hpp"

namespace sagad::participants {
namespace {

constexpr std::int64_t ledger_page_rows_max = 10'000;
constexpr std::int64_t barrier_page_rows_max = 1000;
constexpr const char* barrier_page_path = "/saga-barrier";
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

http_reply late_answer(barrier::connection& db, const path_values& values) {
  const auto said = barrier::guard::look(db, values.at("saga"), values.at("step"));
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

bool is_admin(std::string_view pattern) noexcept {
  return pattern.starts_with("/admin/") || pattern == barrier_page_path;
}

std::vector<plain_route> built_in_routes(const service& what, fault_switch& faults, late_plan& later,
                                         std::function<void()> wake) {
  using barrier::connection;
  std::vector<plain_route> routes;
  const auto add = [&routes](const char* method, const char* pattern, auto run) {
    routes.push_back({method, pattern, std::move(run)});
  };
  // Healthy is who could take a call: asked of the thread that writes.
  routes.push_back(
      {"GET", "/healthz",
       [](connection&, const http_request&, const path_values&) { return json_reply(R"({"status":"ok"})"); }, true});
  add("GET", "/v1/answers/{saga}/{step}",
      [](connection& db, const http_request&, const path_values& values) { return late_answer(db, values); });
  add("GET", barrier_page_path, [](connection& db, const http_request& asked, const path_values&) {
    return json_reply(
        barrier_page(db, number_in(asked, "since", 0), query_value(asked.query(), "after"), barrier_page_rows_max));
  });
  add("GET", "/admin/ledger", [](connection& db, const http_request& asked, const path_values&) {
    return json_reply(list_effects(db, number_in(asked, "after", 0), ledger_page_rows_max));
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
