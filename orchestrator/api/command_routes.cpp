#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>

#include "api/bulk_request.hpp"
#include "api/job_desk.hpp"
#include "api/keys.hpp"
#include "api/problem_reply.hpp"
#include "api/service.hpp"
#include "engine/engine.hpp"
#include "json/json.hpp"
#include "records/as_json.hpp"
#include "runtime/random_bits.hpp"

namespace sagad::api {
namespace {

constexpr std::size_t shown_of_a_dry_run = 50;

bool read_count(std::string_view text, std::size_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

std::variant<results_wanted, problem> read_results(const target& where, std::size_t page_max) {
  results_wanted wanted;
  for (const auto& [name, value] : where.query) {
    bool read = false;
    if (name == "from") read = read_count(value, wanted.from);
    if (name == "limit") read = read_count(value, wanted.limit) && wanted.limit <= page_max;
    if (name == "outcome") {
      wanted.only = parse_command_outcome(value);
      read = wanted.only.has_value();
    }
    if (read) continue;
    return problem{problem_code::invalid_argument,
                   "results are asked for by `from`, a page's `next`, `limit`, from 0 to " + std::to_string(page_max) +
                       ", and `outcome`, one of done, repeated, moved_on, refused, unknown"};
  }
  return wanted;
}

}  // namespace

/// How many sagas a filter finds, and the first of them.
struct service::tally {
  engine::command_name command;
  views::query query;
  http::reply reply;
  std::size_t found = 0;
  millis as_of = 0;
  std::string first{};  ///< an array; empty: not asked yet
  std::map<std::string, std::size_t> versions{};

  std::string json() const {
    return "{\"dry_run\":true,\"command\":\"" + std::string(engine::name(command)) + "\",\"as_of\":\"" +
           records::timestamp(as_of) + "\",\"found\":" + std::to_string(found) +
           ",\"found_all\":" + (query.before ? "false" : "true") + ",\"versions\":" + versions_json() +
           ",\"sagas\":" + first + "}";
  }

  std::string versions_json() const {
    std::string out = "{";
    for (const auto& [version, sagas] : versions) {
      json::append_number(out, version, static_cast<std::int64_t>(sagas));
    }
    return out + "}";
  }
};

bool service::route_commands(const context& asked, http::reply& reply) {
  const auto& path = asked.where.path;
  const auto method = asked.request.method;
  const bool all = path.size() == 2 && method == "POST";
  const bool one = path.size() == 3 && (method == "GET" || method == "DELETE");
  if (!all && !one) return false;
  if (!asked.who.is(role::operations)) {
    reply(problem_response({problem_code::forbidden, "this needs the role operator"}));
  } else if (all) {
    command_many(asked, std::move(reply));
  } else if (method == "GET") {
    show_job(asked, path[2], std::move(reply));
  } else {
    stop_job(path[2], std::move(reply));
  }
  return true;
}

void service::command_many(const context& asked, http::reply reply) {
  const auto refuse = [&reply](const problem& what) { reply(problem_response(what)); };
  auto read = read_bulk(asked.request.body);
  if (const auto* bad = std::get_if<problem>(&read)) return refuse(*bad);
  auto& what = std::get<bulk_request>(read);
  const auto dry_run = asked.where.find("dry_run");
  if (dry_run && !dry_run->empty() && *dry_run != "true") {
    return refuse(
        {problem_code::invalid_argument, "`dry_run` is given without a value or as `true`; left out, it is done"});
  }
  if (dry_run) return find_first(what, std::move(reply));
  if (what.each.id.empty()) {
    auto given = key_in_header(asked.request);
    if (const auto* bad = std::get_if<problem>(&given)) return refuse(*bad);
    what.each.id = std::move(std::get<std::string>(given));
  }
  if (what.each.id.empty()) {
    what.each.id = saga_id::make(parts_.sagas.parts().time.now(), 0, runtime::random_bits()).text();
  }
  job_request asks;
  asks.what = job_request::action::begin;
  asks.id = std::move(what.each.id);
  asks.body = asked.request.body;
  asks.actor = asked.who.name;
  ask_jobs(std::move(asks), std::move(reply));
}

void service::show_job(const context& asked, const std::string& id, http::reply reply) {
  auto wanted = read_results(asked.where, parts_.jobs.limits().results_a_page_max);
  if (const auto* bad = std::get_if<problem>(&wanted)) return reply(problem_response(*bad));
  job_request asks;
  asks.id = id;
  asks.results = std::get<results_wanted>(wanted);
  ask_jobs(std::move(asks), std::move(reply));
}

void service::stop_job(const std::string& id, http::reply reply) {
  job_request asks;
  asks.what = job_request::action::stop;
  asks.id = id;
  ask_jobs(std::move(asks), std::move(reply));
}

void service::ask_jobs(job_request what, http::reply reply) {
  parts_.jobs.ask(reactor_, std::move(what),
                  [reply = std::move(reply)](http::response told) mutable { reply(std::move(told)); });
}

// What a dry run answers: the first page, and how many there are.
void service::find_first(const bulk_request& what, http::reply reply) {
  views::query first;
  first.filter = what.filter;
  first.sagas_max = shown_of_a_dry_run;
  find_further(std::make_shared<tally>(tally{what.each.name, std::move(first), std::move(reply)}));
}

void service::find_further(const std::shared_ptr<tally>& counted) {
  parts_.views.find(counted->query, back_here([this, counted](views::find_result result) {
                      if (const auto* bad = std::get_if<problem>(&result)) {
                        return counted->reply(problem_response(*bad));
                      }
                      auto& page = std::get<views::page>(result);
                      counted->found += page.seen.size();
                      for (const auto& [version, sagas] : page.versions) counted->versions[version] += sagas;
                      counted->query.before = page.next;
                      if (counted->first.empty()) {
                        counted->as_of = page.as_of;
                        counted->first = std::move(page.sagas);
                      }
                      const auto& limits = parts_.jobs.limits();
                      if (page.next && counted->found < limits.sagas_max && !counted->reply.client_gone()) {
                        counted->query.bare = true;
                        counted->query.sagas_max = std::min(limits.sagas_max - counted->found, limits.page_sagas_max);
                        return find_further(counted);
                      }
                      http::response response;
                      response.body = counted->json();
                      counted->reply(std::move(response));
                    }));
}

}  // namespace sagad::api
