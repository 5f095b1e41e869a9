#include <algorithm>
#include <charconv>

#include "api/command_request.hpp"
#include "api/keys.hpp"
#include "api/problem_reply.hpp"
#include "api/service.hpp"
#include "base/percent.hpp"
#include "definition/quantity.hpp"
#include "http/message_head.hpp"
#include "json/json.hpp"
#include "runtime/load_saga.hpp"
#include "runtime/random_bits.hpp"

namespace sagad::api {
namespace {

http::response about(const runtime::saga_answer& answer, int status) {
  http::response response;
  response.status = status;
  response.headers = "Saga-State: " + answer.state + "\r\nSaga-Position: " + std::to_string(answer.id.partition()) +
                     "-" + std::to_string(answer.position) + "\r\n";
  response.body = answer.body;
  return response;
}

// Where its saga is another node's, which has not answered yet: it will be carried out, and where that is told.
http::response about_command(const saga_id& id, const std::string& named, const runtime::command_result& result) {
  if (const auto* answer = std::get_if<runtime::saga_answer>(&result)) return about(*answer, 200);
  if (const auto* why = std::get_if<problem>(&result)) return problem_response(*why);
  http::response response;
  response.status = 202;
  response.headers = "Location: /v1/sagas/" + id.text() + "/commands?id=" + percent_encoded(named) + "\r\n";
  response.body = "{\"saga\":\"" + id.text() + "\",\"id\":";
  json::append_string(response.body, named);
  response.body += ",\"state\":\"waiting\"}";
  return response;
}

constexpr std::size_t events_max = 1000;

template <typename Number>
bool read_whole(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

void service::get_saga(const context& asked, const saga_id& id, http::reply reply) {
  millis wait_ms = 0;
  if (const auto text = asked.where.find("wait")) {
    const auto wait = definition::parse_duration(*text);
    if (!wait) {
      return reply(problem_response(
          {problem_code::invalid_argument, "`wait` is a duration with its unit: 10s, 500ms, 5m, 24h, 7d"}));
    }
    wait_ms = std::min(*wait, parts_.wait_ms_max);
  }
  runtime::look_request look{wait_ms, asked.who.sees(), wait_ms > 0 ? reply.watch() : nullptr};
  parts_.sagas.get(reactor_, id, std::move(look), [reply = std::move(reply)](runtime::answer_result result) mutable {
    if (const auto* answer = std::get_if<runtime::saga_answer>(&result)) return reply(about(*answer, 200));
    reply(problem_response(std::get<problem>(result)));
  });
}

void service::get_events(const context& asked, const saga_id& id, http::reply reply) {
  runtime::page_request page;
  page.limit = events_max;
  for (const auto& [name, value] : asked.where.query) {
    const bool read = name == "after"   ? read_whole(value, page.after)
                      : name == "limit" ? read_whole(value, page.limit) && page.limit >= 1 && page.limit <= events_max
                                        : false;
    if (read) continue;
    return reply(
        problem_response({problem_code::invalid_argument,
                          "records are asked for by `after`, a record's number, and `limit`, from 1 to 1000"}));
  }
  const auto& parts = parts_.sagas.parts();
  parts_.sagas.aside<runtime::records_page>(
      reactor_,
      [&parts, id, page, whose = asked.who.sees()] {
        return runtime::records_as_json(parts.store, parts.definitions, id, whose, page);
      },
      [id, page, reply = std::move(reply)](std::variant<runtime::records_page, problem> read) mutable {
        if (const auto* none = std::get_if<problem>(&read)) return reply(problem_response(*none));
        auto& found = std::get<runtime::records_page>(read);
        http::response response;
        if (found.more) {
          response.headers = "Link: </v1/sagas/" + id.text() + "/events?after=" + std::to_string(found.last) +
                             "&limit=" + std::to_string(page.limit) + ">; rel=\"next\"\r\n";
        }
        response.body = std::move(found.json);
        reply(std::move(response));
      });
}

void service::command(const context& asked, const saga_id& id, engine::command_name name, http::reply reply) {
  runtime::command_request request;
  request.name = name;
  request.actor = asked.who.name;
  request.whose = asked.who.sees();
  const std::string body = asked.request.body.empty() ? "{}" : std::string(asked.request.body);
  if (auto bad = read_command(body, request)) return reply(problem_response(*bad));
  if (request.id.empty()) {
    auto given = key_in_header(asked.request);
    if (const auto* bad = std::get_if<problem>(&given)) return reply(problem_response(*bad));
    request.id = std::move(std::get<std::string>(given));
  }
  if (request.id.empty()) {
    request.id = saga_id::make(parts_.sagas.parts().time.now(), id.partition(), runtime::random_bits()).text();
  }
  const auto named = request.id;
  parts_.sagas.command(reactor_, id, std::move(request),
                       [id, named, reply = std::move(reply)](const runtime::command_result& result) mutable {
                         reply(about_command(id, named, result));
                       });
}

void service::show_command(const context& asked, const saga_id& id, http::reply reply) {
  const auto named = std::string(asked.where.find("id").value_or(""));
  if (named.empty()) {
    return reply(problem_response({problem_code::invalid_argument, "`id` is the id that the command was given"}));
  }
  parts_.sagas.find_command(reactor_, id, named, asked.who.sees(),
                            [id, named, reply = std::move(reply)](const runtime::command_result& result) mutable {
                              reply(about_command(id, named, result));
                            });
}

void service::callback(const http::request& request, std::string_view token, http::reply reply) {
  const auto target = parts_.sagas.parts().signer.verify(token);
  if (!target) {
    return reply(problem_response({problem_code::not_found, "this is no callback that the coordinator has given out"}));
  }
  runtime::late_request late;
  const auto said = request.find("saga-outcome");
  const bool contradicts = std::ranges::any_of(request.headers, [said](const http::header& one) {
    return http::same_name(one.name, "saga-outcome") && one.value != said;
  });
  if (contradicts) {
    return reply(problem_response(
        {problem_code::invalid_argument, "`Saga-Outcome` is given twice and differs: nothing of it is believed"}));
  }
  if (said == "done") late.outcome = engine::outcome::done;
  if (said == "rejected") late.outcome = engine::outcome::rejected;
  if (said == "failed") late.outcome = engine::outcome::failed;
  if (late.outcome == engine::outcome::absent) {
    return reply(problem_response(
        {problem_code::invalid_argument, "a late answer says `Saga-Outcome: done`, `rejected` or `failed`"}));
  }
  late.body = request.body.empty() ? "null" : std::string(request.body);
  if (const auto wrong = json::check(late.body)) {
    return reply(problem_response({problem_code::malformed, "the response is not JSON as it must be: " + *wrong}));
  }
  parts_.sagas.late_answer(reactor_, *target, std::move(late),
                           [reply = std::move(reply)](runtime::late_result result) mutable {
                             if (const auto* bad = std::get_if<problem>(&result)) return reply(problem_response(*bad));
                             http::response response;
                             response.status = 204;
                             reply(std::move(response));
                           });
}

}  // namespace sagad::api
