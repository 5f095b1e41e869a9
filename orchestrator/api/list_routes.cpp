#include <algorithm>

#include "api/list_query.hpp"
#include "api/problem_reply.hpp"
#include "api/service.hpp"
#include "records/as_json.hpp"

namespace sagad::api {
namespace {

std::string as_json(const views::page& page, millis lag_ms) {
  std::string body =
      "{\"as_of\":\"" + records::timestamp(page.as_of) + "\",\"lag_ms\":" + std::to_string(lag_ms) + ",\"next\":";
  body += page.next ? "\"" + page.next->text() + "\"" : std::string("null");
  if (page.reached) body += ",\"searched_to\":\"" + records::timestamp(*page.reached) + "\"";
  if (!page.counts.empty()) body += ",\"counts\":" + page.counts;
  return body + ",\"sagas\":" + page.sagas + "}";
}

}  // namespace

millis service::views_lag_ms() const {
  return std::max<millis>(0, parts_.sagas.parts().time.now() - parts_.views.measured().as_of);
}

void service::list_sagas(const context& asked, http::reply reply) {
  auto read = read_list_query(asked.where.query);
  if (const auto* bad = std::get_if<problem>(&read)) return reply(problem_response(*bad));
  auto& query = std::get<views::query>(read);
  if (const auto own = asked.who.sees()) {
    if (query.counts || (!query.filter.starter.empty() && query.filter.starter != *own)) {
      return reply(problem_response(
          {problem_code::forbidden, "a client sees what it started: `counts` and others' sagas need the role reader"}));
    }
    query.filter.starter = *own;
  }
  parts_.views.find(std::move(query), back_here([this, reply = std::move(reply)](views::find_result result) mutable {
                      if (const auto* bad = std::get_if<problem>(&result)) return reply(problem_response(*bad));
                      const auto& page = std::get<views::page>(result);
                      http::response response;
                      response.body = as_json(page, std::max<millis>(0, parts_.sagas.parts().time.now() - page.as_of));
                      reply(std::move(response));
                    }));
}

void service::show_views(http::reply reply) {
  const auto standing = parts_.views.measured();
  http::response response;
  response.body = "{\"as_of\":\"" + records::timestamp(standing.as_of) +
                  "\",\"lag_ms\":" + std::to_string(views_lag_ms()) + ",\"sagas\":" + std::to_string(standing.sagas) +
                  ",\"rebuilt\":" + std::to_string(standing.rebuilt) +
                  ",\"rebuilding\":" + (standing.rebuilding ? "true}" : "false}");
  reply(std::move(response));
}

void service::rebuild_views(http::reply reply) {
  parts_.views.rebuild(back_here([reply = std::move(reply)](views::views::rebuild_result result) mutable {
    if (const auto* bad = std::get_if<problem>(&result)) return reply(problem_response(*bad));
    http::response response;
    response.status = 202;
    response.headers = "Location: /v1/views\r\n";
    response.body = "{\"done_when_rebuilt\":" + std::to_string(std::get<std::uint64_t>(result)) + "}";
    reply(std::move(response));
  }));
}

}  // namespace sagad::api
