#include "api/start_request.hpp"

#include <algorithm>
#include <utility>

#include "api/members.hpp"
#include "definition/quantity.hpp"
#include "json/json.hpp"

namespace sagad::api {
namespace {

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

// The views keep a row for each of them.
constexpr std::size_t given_labels_max = 32;
constexpr std::size_t given_labels_bytes_max = 8U << 10U;

bool are_few(std::string_view labels) {
  return labels.size() <= given_labels_bytes_max && members_of(labels).size() <= given_labels_max;
}

std::optional<problem> read_start_member(const member& given, whole_start& out) {
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
    if (!are_texts(raw)) return needs("an object of texts, as in {\"region\": \"eu\"}");
    return are_few(raw) ? std::nullopt : std::optional(needs("at most 32 labels and 8 KiB of them: leave some out"));
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
  if (text == nullptr) {
    constexpr std::string_view known[] = {"key", "definition", "input", "labels", "deadline", "wait"};
    return problem{problem_code::invalid_argument, not_known(name, known)};
  }
  if (!is_text(raw)) {
    return needs(name == "key"          ? "a text"
                 : name == "definition" ? "a text, the name of one, or a whole definition"
                                        : "a text, as in \"10s\"");
  }
  *text = json::unescape(raw);
  return std::nullopt;
}

std::optional<problem> read_start_members(std::string_view body, whole_start& out) {
  if (!is_object(body)) return problem{problem_code::invalid_argument, "a start is a JSON object"};
  for (const auto& given : members_of(body)) {
    if (auto bad = read_start_member(given, out)) return bad;
  }
  if (!out.definition && out.inline_definition.empty()) {
    return problem{problem_code::invalid_argument,
                   "`definition` is missing: a name, name@version, or a whole definition"};
  }
  return std::nullopt;
}

}  // namespace

// A header may hold any bytes, and a problem is JSON: what is no media type is not repeated.
std::string other_type(const http::request& request, std::string_view wanted) {
  constexpr std::size_t told_bytes_max = 100;
  const auto type = request.find("content-type");
  const bool can_be_told = type.size() <= told_bytes_max &&
                           std::ranges::all_of(type, [](char letter) { return letter >= ' ' && letter <= '~'; });
  const auto said = can_be_told ? "that it is `" + std::string(type) + "`" : std::string("something else");
  return std::string(wanted) + ", and this says " + said + ": send it with that `Content-Type`";
}

bool json_or_unsaid(const http::request& request) noexcept {
  const auto type = request.find("content-type");
  const auto essence = type.substr(0, type.find(';'));
  return type.empty() || essence == "application/json" || essence.ends_with("+json");
}

// Named is the definition as the client named it: a name, or its text when it stands in the request.
void digest_start(runtime::start_request& request, const named_definition& named) {
  if (request.key.empty()) return;
  const auto deadline = std::to_string(request.deadline_ms);
  request.request_bytes = digest_of_fields({named.text, request.input, request.labels, deadline});
  request.request_canonical =
      digest_of_fields({named.whole ? json::canonical(named.text) : named.text, json::canonical(request.input),
                        request.labels.empty() ? std::string() : json::canonical(request.labels), deadline});
}

std::optional<problem> set_wait(runtime::start_request& request, std::optional<std::string_view> text, millis most) {
  if (!text) return std::nullopt;
  const auto wait = definition::parse_duration(*text);
  if (!wait)
    return problem{problem_code::invalid_argument, "`wait` is a duration with its unit: 10s, 500ms, 5m, 24h, 7d"};
  request.wait_ms = std::min(*wait, most);
  return std::nullopt;
}

std::optional<refused_start> unfit(const runtime::start_request& request) {
  if (request.definition->key_required && request.key.empty()) {
    return refused_start{{problem_code::key_required,
                          "the definition wants a key, so that a repeated request makes no second saga: send "
                          "`Idempotency-Key` or `?key=`"}};
  }
  const auto violations = request.definition->schema.check(request.input);
  if (violations.empty()) return std::nullopt;
  const auto& first = violations.told.front();
  const auto at = first.pointer.empty() ? std::string("it") : first.pointer;
  std::string detail = "the input does not fit the definition's schema: " + at + " " + first.detail;
  if (violations.more > 0) {
    detail += "; `errors` has the first " + std::to_string(violations.told.size()) + " mistakes, and there are " +
              std::to_string(violations.more) + " more";
  }
  return refused_start{{problem_code::invalid_input, std::move(detail)}, violations_json(violations)};
}

std::optional<refused_start> add_labels(runtime::start_request& request) {
  auto made = definition::make_labels(request.definition->labels, request.input, request.labels);
  if (made.fault) return refused_start{{problem_code::invalid_input, std::move(*made.fault)}};
  request.labels = std::move(made.json);
  return std::nullopt;
}

std::variant<asked_start, problem> read_start(const caller& who, std::string_view body) {
  if (const auto wrong = json::check(body)) {
    return problem{problem_code::malformed, "not JSON as it must be: " + *wrong};
  }
  whole_start whole;
  if (auto bad = read_start_members(body, whole)) return std::move(*bad);
  asked_start asked;
  asked.request.input = whole.input;
  asked.request.labels = whole.labels;
  if (whole.deadline) {
    const auto deadline = definition::parse_duration(*whole.deadline);
    if (!deadline || *deadline == 0) {
      return problem{problem_code::invalid_argument, "`deadline` is a duration with its unit: 30s, 5m, 24h, 7d"};
    }
    asked.request.deadline_ms = *deadline;
  }
  asked.key = std::move(whole.key);
  asked.wait = std::move(whole.wait);
  if (!whole.definition) {
    asked.named = {std::string(whole.inline_definition), true};
    if (who.is(role::developer)) return asked;
    return problem{problem_code::forbidden, "an inline definition needs the role developer"};
  }
  asked.named = {std::move(*whole.definition), false};
  const std::string_view name(asked.named.text);
  if (who.may_start(name.substr(0, name.find('@')))) return asked;
  return problem{problem_code::forbidden, "this token may not start `" + asked.named.text + "`"};
}

}  // namespace sagad::api
