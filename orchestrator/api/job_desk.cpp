#include "api/job_desk.hpp"

#include <array>
#include <utility>
#include <variant>

#include "api/problem_reply.hpp"
#include "base/digest.hpp"
#include "json/json.hpp"
#include "json/member.hpp"
#include "runtime/runtime.hpp"

namespace sagad::api {
namespace {

constexpr std::array<std::string_view, 3> actions{"begin", "show", "stop"};

partition_no partition_of(const std::string& job) noexcept {
  static_assert(partitions == 256, "a partition is a byte");
  return digest_of(job).bytes[0];
}

std::string as_text(const job_request& what) {
  std::string out = "{";
  json::append_text(out, "job", what.id);
  json::append_text(out, "action", actions[static_cast<std::size_t>(what.what)]);
  json::append_text(out, "body", what.body);
  json::append_text(out, "actor", what.actor);
  json::append_number(out, "from", static_cast<std::int64_t>(what.results.from));
  json::append_number(out, "limit", static_cast<std::int64_t>(what.results.limit));
  if (what.results.only) json::append_text(out, "outcome", name(*what.results.only));
  return out + '}';
}

job_request request_in(const std::string& text) {
  job_request what;
  const auto action = json::text_of(text, "action");
  for (std::size_t each = 0; each < actions.size(); ++each) {
    if (actions[each] == action) what.what = static_cast<job_request::action>(each);
  }
  what.id = json::text_of(text, "job");
  what.body = json::text_of(text, "body");
  what.actor = json::text_of(text, "actor");
  what.results.from = json::number_of<std::size_t>(text, "from");
  what.results.limit = json::number_of<std::size_t>(text, "limit");
  what.results.only = parse_command_outcome(json::text_of(text, "outcome"));
  return what;
}

constexpr std::string_view of_a_problem = "application/problem+json";

std::string as_text(const http::response& told) {
  std::string out = "{";
  json::append_number(out, "status", told.status);
  json::append_flag(out, "problem", told.content_type == of_a_problem);
  json::append_text(out, "headers", told.headers);
  json::append_text(out, "body", told.body);
  return out + '}';
}

http::response response_in(const std::string& text) {
  http::response told;
  told.status = json::check(text) ? 0 : json::number_of<int>(text, "status");
  if (told.status == 0) {
    return problem_response({problem_code::internal, "the node that has this job gave an answer that cannot be read"});
  }
  if (json::is_set(text, "problem")) told.content_type = of_a_problem;
  told.headers = json::text_of(text, "headers");
  told.body = json::text_of(text, "body");
  return told;
}

http::response response_of(const runtime::forwarded_answer& answer) {
  if (const auto* text = std::get_if<std::string>(&answer)) return response_in(*text);
  if (const auto* why = std::get_if<problem>(&answer)) return problem_response(*why);
  return problem_response(
      {problem_code::overloaded,
       "the node that has this job has not answered: ask again, by the same id it is the same job"});
}

http::response about(const command_job& job) {
  http::response response;
  response.status = job.over() ? 200 : 202;
  response.headers = "Location: /v1/commands/" + job.id() + "\r\n";
  response.body = "{" + job.progress() + "}";
  return response;
}

}  // namespace

job_desk::job_desk(command_jobs& jobs, runtime::runtime& sagas) : jobs_(jobs), sagas_(sagas) {
  sagas.answer_questions([this](const std::string& question, unique_function<void(std::string)> tell) {
    sagas_.at(command_jobs::home).on([this, what = request_in(question), tell = std::move(tell)]() mutable {
      tell(as_text(answer(what)));
    });
  });
}

// One that is known here is asked here, though its partition be another's by now.
void job_desk::ask(std::size_t from, job_request what, unique_function<void(http::response)> tell) {
  auto& home = sagas_.at(command_jobs::home);
  home.on([this, from, what = std::move(what), tell = std::move(tell)]() mutable {
    if (sagas_.parts().shared == nullptr || std::holds_alternative<command_jobs::job_ptr>(jobs_.find(what.id))) {
      return sagas_.at(from).on([tell = std::move(tell), told = answer(what)]() mutable { tell(std::move(told)); });
    }
    sagas_.ask(from, partition_of(what.id), as_text(what),
               [tell = std::move(tell)](const runtime::forwarded_answer& told) mutable { tell(response_of(told)); });
  });
}

// At home.
http::response job_desk::answer(const job_request& what) {
  std::variant<command_jobs::job_ptr, problem> found = problem{};
  if (what.what == job_request::action::begin) {
    auto read = read_bulk(what.body);
    if (const auto* bad = std::get_if<problem>(&read)) return problem_response(*bad);
    auto& bulk = std::get<bulk_request>(read);
    bulk.each.id = what.id;
    bulk.each.actor = what.actor;
    found = jobs_.begin(std::move(bulk));
  } else {
    found = jobs_.find(what.id);
  }
  if (const auto* none = std::get_if<problem>(&found)) return problem_response(*none);
  auto& job = *std::get<command_jobs::job_ptr>(found);
  if (what.what == job_request::action::begin) return about(job);
  if (what.what == job_request::action::stop) {
    job.stop();
    auto response = about(job);
    response.status = 200;
    return response;
  }
  http::response response;
  response.body = job.with_results(what.results);
  return response;
}

}  // namespace sagad::api
