#include "api/bulk_request.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/command_request.hpp"
#include "api/keys.hpp"
#include "api/list_query.hpp"
#include "engine/engine.hpp"
#include "json/json.hpp"

namespace sagad::api {
namespace {

constexpr std::array<std::string_view, 9> members_known{"id",        "command", "filter",           "reason", "step",
                                                        "operation", "force",   "nothing_happened", "body"};

problem bad(std::string detail) {
  return {problem_code::invalid_argument, std::move(detail)};
}

std::optional<problem> read_name(std::string_view raw, engine::command_name& out) {
  const auto name = is_text(raw) ? engine::parse_command(json::unescape(raw)) : std::nullopt;
  if (!name || *name == engine::command_name::cancel) {
    return bad("`command` is one of retry, edit, skip, pause, resume, compensate, resolve");
  }
  out = *name;
  return std::nullopt;
}

std::optional<problem> read_filter_object(std::string_view raw, views::filter& out) {
  if (!is_object(raw)) return bad("`filter` is an object: its members are those parameters of a list that narrow it");
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const auto& [name, value] : members_of(raw)) {
    if (!is_text(value)) return bad("`filter." + name + "` is a text, as it stands in a list's query");
    parameters.emplace_back(name, json::unescape(value));
  }
  if (parameters.empty()) return bad("`filter` narrows by something: `{\"state\": \"unfinished\"}` is all there is");
  auto read = read_filter(parameters);
  if (auto* wrong = std::get_if<problem>(&read)) return bad("in `filter` " + wrong->detail);
  out = std::move(std::get<views::filter>(read));
  if (out.states == 0) out.states = views::unfinished;
  if ((out.states & ~views::unfinished) != 0) {
    return bad("in `filter` `state` is of unfinished sagas: those that are final take no command");
  }
  return std::nullopt;
}

std::optional<problem> read_one(const member& given, bulk_request& out) {
  const auto& [name, raw] = given;
  if (std::find(members_known.begin(), members_known.end(), name) == members_known.end()) {
    return bad(not_known(name, members_known));
  }
  if (name == "command") return read_name(raw, out.each.name);
  if (name == "filter") return read_filter_object(raw, out.filter);
  return read_command_member(given, out.each);
}

// What would be refused of each is refused of all.
std::optional<problem> unlike_a_bulk(const bulk_request& read) {
  const auto& each = read.each;
  if (each.name == engine::command_name::none) return bad("`command` is missing: what each saga is told");
  if (read.filter.states == 0) return bad("`filter` is missing: which sagas are told");
  if (!each.id.empty()) {
    if (auto wrong = unlike_a_key(each.id)) return wrong;
  }
  const bool edit = each.name == engine::command_name::edit;
  if ((edit || each.name == engine::command_name::skip) && each.step.empty()) {
    return bad(std::string(engine::name(each.name)) + " needs `step`");
  }
  if (edit && each.body.empty()) return bad("edit needs `body`: the new request body");
  return unlike_a_command(each);
}

}  // namespace

std::variant<bulk_request, problem> read_bulk(std::string_view body) {
  if (const auto wrong = json::check(body)) {
    return problem{problem_code::malformed, "not JSON as it must be: " + *wrong};
  }
  if (!is_object(body)) return bad("commands in bulk are a JSON object");
  bulk_request read;
  std::string content = "{";
  for (const auto& given : members_of(body)) {
    if (auto wrong = read_one(given, read)) return std::move(*wrong);
    if (given.first == "id") continue;
    if (content.size() > 1) content += ',';
    json::append_string(content, given.first);
    content += ':';
    content += given.second;
  }
  if (auto wrong = unlike_a_bulk(read)) return std::move(*wrong);
  read.content = digest_of(json::canonical(content + "}"));
  return read;
}

}  // namespace sagad::api
