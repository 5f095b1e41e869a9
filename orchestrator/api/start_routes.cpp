#include <algorithm>
#include <array>
#include <optional>
#include <variant>
#include <vector>

#include "api/durations.hpp"
#include "api/keys.hpp"
#include "api/members.hpp"
#include "api/problem_reply.hpp"
#include "api/service.hpp"
#include "json/json.hpp"

namespace sagad::api {
namespace {

bool json_or_unsaid(const http::request& request) noexcept {
  const auto type = request.find("content-type");
  const auto essence = type.substr(0, type.find(';'));
  return type.empty() || essence == "application/json" || essence.ends_with("+json");
}

// `named` is the definition as the client named it: a name, or its text when it stands in the request.
void digest_request(runtime::start_request& request, std::string_view named, bool inline_) {
  const auto deadline = std::to_string(request.deadline_ms);
  request.request_bytes = digest_of_fields({named, request.input, request.labels, deadline});
  if (request.key.empty()) return;
  request.request_canonical =
      digest_of_fields({inline_ ? json::canonical(named) : std::string(named), json::canonical(request.input),
                        request.labels.empty() ? std::string() : json::canonical(request.labels), deadline});
}

std::string violations_json(const definition::violations& violations) {
  std::string out = ",\"errors\":[";
  for (const auto& one : violations.told) {
    if (out.back() != '[') out += ',';
    out += "{\"pointer\":";
    json::append_string(out, one.pointer);
    out += ",\"detail\":";
    json::append_string(out, one.detail);
    out += '}';
  }
  return out + "]";
}

// Members of a whole start; raw where they are no texts, empty where there is none.
struct whole_start {
  std::optional<std::string> key;
  std::optional<std::string> definition;  ///< its name; none: it stands there whole
  std::optional<std::string> deadline;
  std::optional<std::string> wait;
  std::string_view inline_definition;
  std::string_view input = "{}";
  std::string_view labels;
};

bool are_texts(std::string_view labels) {
  if (!is_object(labels)) return false;
  const auto members = members_of(labels);
  return std::all_of(members.begin(), members.end(), [](const member& label) { return is_text(label.second); });
}

std::optional<problem> read_member(const member& given, whole_start& out) {
  const auto& [name, raw] = given;
  const auto needs = [&name = name](std::string_view what) {
    return problem{problem_code::invalid_argument, "`" + name + "` is " + std::string(what)};
  };
  if (name == "input") {
    out.input = raw;
    return std::nullopt;
  }
  if (name == "labels") {
    out.labels = raw;
    return are_texts(raw) ? std::nullopt : std::optional(needs("an object of texts"));
  }
  if (name == "definition" && is_object(raw)) {
    out.inline_definition = raw;
    return std::nullopt;
  }
  auto* text = name == "key"          ? &out.key
               : name == "definition" ? &out.definition
               : name == "deadline"   ? &out.deadline
               : name == "wait"       ? &out.wait
                                      : nullptr;
  if (text == nullptr) return needs("not known here: key, definition, input, labels, deadline, wait");
  if (!is_text(raw)) return needs("a text");
  *text = json::unescape(raw);
  return std::nullopt;
}

std::optional<problem> read_members(std::string_view body, whole_start& out) {
  if (!is_object(body)) return problem{problem_code::invalid_argument, "a start is a JSON object"};
  for (const auto& given : members_of(body)) {
    if (auto bad = read_member(given, out)) return bad;
  }
  if (!out.definition && out.inline_definition.empty()) {
    return problem{problem_code::invalid_argument,
                   "`definition` is missing: a name, name@version, or a whole definition"};
  }
  return std::nullopt;
}

std::optional<problem> set_wait(runtime::start_request& request, std::optional<std::string_view> text, millis most) {
  if (!text) return std::nullopt;
  const auto wait = parse_duration(*text);
  if (!wait) return problem{problem_code::invalid_argument, "`wait` is a duration with its unit: 10s, 500ms"};
  request.wait_ms = std::min(*wait, most);
  return std::nullopt;
}

struct refusal {
  problem what;
  std::string more;
};

// What the definition asks of a start.
std::optional<refusal> unfit(const runtime::start_request& request) {
  if (request.definition->key_required && request.key.empty()) {
    return refusal{{problem_code::key_required,
                    "the definition wants a key, so that a repeated request makes no second saga: send "
                    "`Idempotency-Key` or `?key=`"},
                   {}};
  }
  const auto violations = request.definition->schema.check(request.input);
  if (violations.empty()) return std::nullopt;
  const auto& first = violations.told.front();
  std::string detail = "the input does not fit the definition's schema: " + first.pointer + " " + first.detail;
  if (violations.more > 0) {
    detail += "; `errors` has the first " + std::to_string(violations.told.size()) + " mistakes, and there are " +
              std::to_string(violations.more) + " more";
  }
  return refusal{{problem_code::invalid_input, std::move(detail)}, violations_json(violations)};
}

http::response started(const runtime::saga_answer& answer, bool waited, bool with_key) {
  http::response response;
  response.status = answer.final || (answer.repeated && !waited) ? 200 : waited ? 202 : 201;
  if (answer.final && !waited && !answer.repeated) response.status = 201;
  response.headers = "Location: /v1/sagas/" + answer.id.text() + "\r\nSaga-State: " + answer.state +
                     "\r\nSaga-Position: " + std::to_string(answer.id.partition()) + "-" +
                     std::to_string(answer.position) + "\r\n";
  if (!with_key) response.headers += "Saga-Key: none\r\n";
  response.body = answer.body;
  return response;
}

}  // namespace

void service::start_short(const context& asked, std::string_view definition_name, http::reply reply) {
  const auto refuse = [&reply](problem what) { reply(problem_response(what)); };
  if (!json_or_unsaid(asked.request)) {
    return refuse({problem_code::unsupported_media, "the input is sent as application/json"});
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
  start(asked, std::move(request), {std::string(definition_name), false}, std::move(reply));
}

void service::start_whole(const context& asked, http::reply reply) {
  const std::string body(asked.request.body);
  const auto refuse = [&reply](problem what) { reply(problem_response(what)); };
  if (!json_or_unsaid(asked.request)) return refuse({problem_code::unsupported_media, "a start is application/json"});
  if (const auto wrong = json::check(body))
    return refuse({problem_code::malformed, "not JSON as it must be: " + *wrong});
  whole_start whole;
  if (auto bad = read_members(body, whole)) return refuse(std::move(*bad));
  auto key = key_of(asked.request, asked.where, whole.key);
  if (auto* bad = std::get_if<problem>(&key)) return refuse(std::move(*bad));
  runtime::start_request request;
  request.key = std::move(std::get<std::string>(key));
  request.input = whole.input;
  request.labels = whole.labels;
  if (whole.deadline) {
    const auto deadline = parse_duration(*whole.deadline);
    if (!deadline || *deadline == 0)
      return refuse({problem_code::invalid_argument, "`deadline` is a duration: 30s, 5m"});
    request.deadline_ms = *deadline;
  }
  auto wait = asked.where.find("wait");
  if (whole.wait) wait = *whole.wait;
  if (auto bad = set_wait(request, wait, parts_.wait_ms_max)) return refuse(std::move(*bad));
  if (!whole.definition) {
    if (!asked.who.is(role::developer))
      return refuse({problem_code::forbidden, "an inline definition needs the role developer"});
    return start(asked, std::move(request), {std::string(whole.inline_definition), true}, std::move(reply));
  }
  if (!asked.who.may_start(whole.definition->substr(0, whole.definition->find('@')))) {
    return refuse({problem_code::forbidden, "this token may not start `" + *whole.definition + "`"});
  }
  start(asked, std::move(request), {*whole.definition, false}, std::move(reply));
}

// Finds or compiles what the start names, and looks whether the start fits it; what there is to refuse.
std::optional<http::response> service::fit(runtime::start_request& request, const named_definition& named) {
  if (named.whole) {
    auto loaded = definition::load(named.text, parts_.around);
    if (const auto* mistakes = std::get_if<std::vector<definition::mistake>>(&loaded)) {
      return problem_response({problem_code::invalid_definition, "the inline definition: " + mistakes->front().text},
                              mistakes_json(*mistakes));
    }
    request.definition = std::get<definition::definition_ptr>(loaded);
  } else {
    const auto found = parts_.sagas.parts().definitions.find(named.text);
    if (const auto* none = std::get_if<problem>(&found)) return problem_response(*none);
    const auto& known = std::get<runtime::catalogued>(found);
    request.definition = known.definition;
    request.version = known.version;
  }
  if (const auto bad = unfit(request)) return problem_response(bad->what, bad->more);
  return std::nullopt;
}

void service::start(const context& asked, runtime::start_request request, const named_definition& named,
                    http::reply reply) {
  if (asked.who.told_apart) request.actor = asked.who.name;
  request.whose = asked.who.sees();
  if (request.wait_ms > 0) request.client_gone = reply.watch();
  digest_request(request, named.text, named.whole);
  if (auto refusal = fit(request, named)) {
    return refuse_new(std::move(request), std::move(*refusal), std::move(reply));
  }
  if (named.whole) return keep_and_begin(std::move(request), std::move(reply));
  begin(std::move(request), std::move(reply));
}

// An inline definition is kept for ever once it is kept: not for a start that is refused, or whose key stands for a
// saga already.
void service::keep_and_begin(runtime::start_request request, http::reply reply) {
  if (const auto why = parts_.sagas.at(reactor_).sagas().why_no_start()) return reply(problem_response(*why));
  using definition::definition_ptr;
  unique_function<std::variant<definition_ptr, problem>()> keep =
      [&parts = parts_.sagas.parts(), loaded = request.definition,
       key = request.key]() -> std::variant<definition_ptr, problem> {
    if (!key.empty() && parts.store.find_key(key)) return loaded;
    return parts.definitions.put(loaded, true).definition;
  };
  parts_.sagas.aside<definition_ptr>(reactor_, std::move(keep),
                                     [this, request = std::move(request), reply = std::move(reply)](auto kept) mutable {
                                       if (const auto* bad = std::get_if<problem>(&kept))
                                         return reply(problem_response(*bad));
                                       request.definition = std::get<definition_ptr>(kept);
                                       begin(std::move(request), std::move(reply));
                                     });
}

void service::begin(runtime::start_request request, http::reply reply) {
  const bool waited = request.wait_ms > 0;
  const bool with_key = !request.key.empty();
  parts_.sagas.start(reactor_, std::move(request), answer_start(waited, with_key, std::move(reply)));
}

// What would be refused today may have been started when the definition was another one: the same start again is that
// saga, whatever has changed since.
void service::refuse_new(runtime::start_request request, http::response refusal, http::reply reply) {
  if (request.key.empty()) return reply(std::move(refusal));
  const auto holder = parts_.sagas.parts().store.find_key(request.key);
  const bool same = holder && (holder->request_bytes == request.request_bytes ||
                               holder->request_canonical == request.request_canonical);
  if (!same) return reply(std::move(refusal));
  parts_.sagas.repeat(reactor_, {holder->saga, true}, {request.wait_ms, request.whose, request.client_gone},
                      answer_start(request.wait_ms > 0, true, std::move(reply)));
}

unique_function<void(runtime::start_result)> service::answer_start(bool waited, bool with_key, http::reply reply) {
  return [waited, with_key, reply = std::move(reply)](runtime::start_result result) mutable {
    if (const auto* answer = std::get_if<runtime::saga_answer>(&result)) {
      return reply(started(*answer, waited, with_key));
    }
    const auto& failed = std::get<runtime::failed_start>(result);
    std::string more;
    if (failed.id) more = ",\"saga\":\"" + failed.id->text() + "\"";
    reply(problem_response(failed.problem, more));
  };
}

}  // namespace sagad::api
