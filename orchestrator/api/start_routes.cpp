#include <array>
#include <optional>
#include <variant>
#include <vector>

#include "api/keys.hpp"
#include "api/problem_reply.hpp"
#include "api/service.hpp"
#include "base/joined.hpp"
#include "json/json.hpp"
#include "runtime/load_saga.hpp"

namespace sagad::api {
namespace {

http::response started(runtime::saga_answer answer, bool waited, bool with_key) {
  http::response response;
  response.status = answer.final || (answer.repeated && !waited) ? 200 : waited ? 202 : 201;
  if (answer.final && !waited && !answer.repeated) response.status = 201;
  std::array<char, saga_id::text_size> id;
  answer.id.write(id.data());
  const std::string_view unkeyed = with_key ? "" : "Saga-Key: none\r\n";
  response.headers =
      joined("Location: /v1/sagas/", std::string_view(id.data(), id.size()), "\r\nSaga-State: ", answer.state,
             "\r\nSaga-Position: ", std::to_string(answer.id.partition()), "-", std::to_string(answer.position), "\r\n",
             unkeyed);
  response.body = std::move(answer.body);
  return response;
}

// The answer to a single start.
unique_function<void(start_outcome)> answering(bool waited, bool with_key, http::reply reply) {
  return [waited, with_key, reply = std::move(reply)](start_outcome outcome) mutable {
    if (auto* answer = std::get_if<runtime::saga_answer>(&outcome)) {
      return reply(started(std::move(*answer), waited, with_key));
    }
    const auto& refused = std::get<refused_start>(outcome);
    reply(problem_response(refused.what, refused.more));
  };
}

}  // namespace

void service::start_short(const context& asked, std::string_view definition_name, http::reply reply) {
  const auto refuse = [&reply](problem what) { reply(problem_response(what)); };
  if (!json_or_unsaid(asked.request)) {
    return refuse(
        {problem_code::unsupported_media, other_type(asked.request, "the input is sent as application/json")});
  }
  auto key = key_of(asked.request, asked.where, std::nullopt);
  if (auto* bad = std::get_if<problem>(&key)) return refuse(std::move(*bad));
  runtime::start_request request;
  request.key = std::move(std::get<std::string>(key));
  request.input = asked.request.body.empty() ? "{}" : std::string(asked.request.body);
  if (auto bad = set_wait(request, asked.where.find("wait"), parts_.wait_ms_max)) return refuse(std::move(*bad));
  if (const auto wrong = json::check(request.input)) {
    return refuse({problem_code::malformed, "the input is not JSON as it must be: " + *wrong});
  }
  start_and_answer(asked.who, std::move(request), {std::string(definition_name), false}, std::move(reply));
}

void service::start_whole(const context& asked, http::reply reply) {
  const auto refuse = [&reply](problem what) { reply(problem_response(what)); };
  if (!json_or_unsaid(asked.request)) {
    return refuse({problem_code::unsupported_media, other_type(asked.request, "a start is application/json")});
  }
  auto read = read_start(asked.who, asked.request.body);
  if (auto* bad = std::get_if<problem>(&read)) return refuse(std::move(*bad));
  auto& whole = std::get<asked_start>(read);
  auto key = key_of(asked.request, asked.where, whole.key);
  if (auto* bad = std::get_if<problem>(&key)) return refuse(std::move(*bad));
  whole.request.key = std::move(std::get<std::string>(key));
  auto wait = asked.where.find("wait");
  if (whole.wait) wait = *whole.wait;
  if (auto bad = set_wait(whole.request, wait, parts_.wait_ms_max)) return refuse(std::move(*bad));
  start_and_answer(asked.who, std::move(whole.request), whole.named, std::move(reply));
}

void service::start_and_answer(const caller& who, runtime::start_request request, const named_definition& named,
                               http::reply reply) {
  const bool waited = request.wait_ms > 0;
  const bool with_key = !request.key.empty();
  if (waited) request.client_gone = reply.watch();
  start(who, std::move(request), named, answering(waited, with_key, std::move(reply)));
}

// Finds or compiles what the start names, and looks whether the start fits it; what there is to refuse.
std::optional<refused_start> service::fit(runtime::start_request& request, const named_definition& named) {
  if (named.whole) {
    auto loaded = definition::load(named.text, parts_.around);
    if (const auto* mistakes = std::get_if<std::vector<definition::mistake>>(&loaded)) {
      return refused_start{{problem_code::invalid_definition, "the inline definition: " + mistakes->front().text},
                           mistakes_json(*mistakes)};
    }
    request.definition = std::get<definition::definition_ptr>(loaded);
  } else {
    const auto found = parts_.sagas.parts().definitions.find_for_start(named.text);
    if (const auto* none = std::get_if<problem>(&found)) return refused_start{*none};
    const auto& known = std::get<runtime::catalogued>(found);
    request.definition = known.definition;
    request.version = known.version;
  }
  if (auto refusal = unfit(request)) return refusal;
  return add_labels(request);
}

void service::start(const caller& who, runtime::start_request request, const named_definition& named,
                    start_telling tell) {
  if (who.told_apart) request.actor = who.name;
  request.whose = who.sees();
  digest_start(request, named);
  if (auto refusal = fit(request, named)) {
    return refuse_new(request, std::move(*refusal), std::move(tell));
  }
  if (named.whole) return keep_and_begin(std::move(request), std::move(tell));
  begin(std::move(request), std::move(tell));
}

// An inline definition is kept for ever once it is kept: not for a start that is refused, or whose key stands for a
// saga already.
void service::keep_and_begin(runtime::start_request request, start_telling tell) {
  if (auto why = parts_.sagas.at(reactor_).sagas().why_no_start()) return tell(refused_start{std::move(*why)});
  using definition::definition_ptr;
  unique_function<std::variant<definition_ptr, problem>()> keep =
      [&parts = parts_.sagas.parts(), loaded = request.definition,
       key = request.key]() -> std::variant<definition_ptr, problem> {
    if (!key.empty() && parts.store.find_key(key, parts.time.now())) return loaded;
    if (auto full = parts.definitions.why_no_room(*loaded)) return std::move(*full);
    return parts.definitions.put(loaded, true).definition;
  };
  parts_.sagas.aside<definition_ptr>(reactor_, std::move(keep),
                                     [this, request = std::move(request), tell = std::move(tell)](auto kept) mutable {
                                       if (auto* bad = std::get_if<problem>(&kept)) {
                                         return tell(refused_start{std::move(*bad)});
                                       }
                                       request.definition = std::get<definition_ptr>(kept);
                                       begin(std::move(request), std::move(tell));
                                     });
}

void service::begin(runtime::start_request request, start_telling tell) {
  parts_.sagas.start(reactor_, std::move(request), told_by_runtime(std::move(tell)));
}

// What would be refused today may have been started when the definition was another one: the same start again is that
// saga, whatever has changed since.
void service::refuse_new(const runtime::start_request& request, refused_start refusal, start_telling tell) {
  if (request.key.empty()) return tell(std::move(refusal));
  const auto& parts = parts_.sagas.parts();
  std::optional<journal::key_holder> holder;
  try {
    holder = parts.store.find_key(request.key, parts.time.now());
  } catch (const journal::unreachable&) {
    return tell(refused_start{runtime::journal_is_away()});
  }
  const bool same = holder && (holder->request_bytes == request.request_bytes ||
                               holder->request_canonical == request.request_canonical);
  if (!same) return tell(std::move(refusal));
  parts_.sagas.repeat(reactor_, {holder->saga, true}, {request.wait_ms, request.whose, request.client_gone},
                      told_by_runtime(std::move(tell)));
}

unique_function<void(runtime::start_result)> service::told_by_runtime(start_telling tell) {
  return [tell = std::move(tell)](runtime::start_result result) mutable {
    if (auto* answer = std::get_if<runtime::saga_answer>(&result)) return tell(std::move(*answer));
    auto& failed = std::get<runtime::failed_start>(result);
    std::string more;
    if (failed.id) more = ",\"saga\":\"" + failed.id->text() + "\"";
    tell(refused_start{std::move(failed.problem), std::move(more)});
  };
}

}  // namespace sagad::api
