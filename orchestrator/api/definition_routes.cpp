#include <optional>
#include <vector>

#include "api/problem_reply.hpp"
#include "api/service.hpp"
#include "json/json.hpp"

namespace sagad::api {
namespace {

std::string begun(std::string_view name, std::uint32_t version, const digest& content, std::string_view description) {
  std::string out = "{\"name\":";
  json::append_string(out, name);
  out += ",\"version\":" + std::to_string(version) + ",\"digest\":\"" + content.hex() + "\"";
  if (!description.empty()) {
    out += ",\"description\":";
    json::append_string(out, description);
  }
  return out;
}

std::string described(const runtime::catalogued& one, bool whole) {
  const auto& definition = *one.definition;
  auto out = begun(definition.name, one.version, definition.content, definition.description);
  if (one.retired) out += ",\"retired\":true";
  if (whole) out += ",\"definition\":" + one.definition->canonical;
  return out + "}";
}

std::string uploaded(const runtime::catalogued& one, bool dry_run) {
  auto out = described(one, false);
  out.pop_back();
  if (dry_run) out += ",\"dry_run\":true";
  return out + (one.is_new ? ",\"new_version\":true}" : ",\"new_version\":false}");
}

std::string listed(const runtime::listed_definition& one, std::optional<std::uint64_t> in_flight) {
  auto out = begun(one.name, one.version, one.content, one.definition ? one.definition->description : std::string());
  if (one.retired) out += ",\"retired\":true";
  if (in_flight) out += ",\"in_flight\":" + std::to_string(*in_flight);
  if (!one.definition) json::append_text(out, "fault", one.fault);
  return out + "}";
}

}  // namespace

void service::put_definition(const context& asked, std::string_view name, http::reply reply) {
  const auto dry_run = asked.where.find("dry_run");
  if (dry_run && !dry_run->empty() && *dry_run != "true") {
    return reply(problem_response({problem_code::invalid_argument,
                                   "`dry_run` is given without a value or as `true`; left out, it is an upload"}));
  }
  auto loaded = definition::load(asked.request.body, parts_.around);
  if (const auto* mistakes = std::get_if<std::vector<definition::mistake>>(&loaded)) {
    const auto& first = mistakes->front();
    return reply(problem_response(
        {problem_code::invalid_definition,
         "line " + std::to_string(first.line) + ", column " + std::to_string(first.column) + ": " + first.text},
        mistakes_json(*mistakes)));
  }
  const auto& compiled = std::get<definition::definition_ptr>(loaded);
  if (compiled->name != name) {
    const std::string said(name);
    return reply(problem_response({problem_code::invalid_definition,
                                   compiled->name.empty()
                                       ? "the text has no name: begin it with `saga: " + said + "`"
                                       : "the text defines `" + compiled->name + "`, the path says `" + said + "`"}));
  }
  if (dry_run) {
    if (const auto full = parts_.sagas.parts().definitions.why_no_room(*compiled)) {
      return reply(problem_response(*full));
    }
    const auto [version, is_new] = parts_.sagas.parts().definitions.would_be(*compiled);
    http::response response;
    response.body = uploaded({compiled, version, false, is_new}, true);
    return reply(std::move(response));
  }
  parts_.sagas.aside<runtime::catalogued>(
      reactor_,
      [&definitions = parts_.sagas.parts().definitions, compiled]() -> std::variant<runtime::catalogued, problem> {
        if (auto full = definitions.why_no_room(*compiled)) return std::move(*full);
        return definitions.put(compiled, false);
      },
      [reply = std::move(reply)](std::variant<runtime::catalogued, problem> kept) mutable {
        if (const auto* bad = std::get_if<problem>(&kept)) return reply(problem_response(*bad));
        http::response told;
        told.body = uploaded(std::get<runtime::catalogued>(kept), false);
        reply(std::move(told));
      });
}

// With how many unfinished sagas each has, as the views know it; without while they cannot say.
void service::list_definitions(http::reply reply) {
  auto all = parts_.sagas.parts().definitions.all();
  std::vector<views::definition_version> of;
  for (const auto& one : all) of.push_back({one.content, one.version});
  parts_.views.in_flight(
      std::move(of),
      back_here([all = std::move(all), reply = std::move(reply)](views::views::in_flight_result result) mutable {
        const auto* counts = std::get_if<std::vector<std::uint64_t>>(&result);
        http::response response;
        response.body = "{\"definitions\":[";
        for (std::size_t at = 0; at < all.size(); ++at) {
          if (at > 0) response.body += ',';
          response.body += listed(all[at], counts == nullptr ? std::nullopt : std::optional((*counts)[at]));
        }
        response.body += "]}";
        reply(std::move(response));
      }));
}

void service::get_definition(std::string_view name, http::reply reply) {
  const auto found = parts_.sagas.parts().definitions.find(name);
  if (const auto* none = std::get_if<problem>(&found)) return reply(problem_response(*none));
  http::response response;
  response.body = described(std::get<runtime::catalogued>(found), true);
  reply(std::move(response));
}

void service::retire_definition(std::string_view name, http::reply reply) {
  parts_.sagas.aside<runtime::retired_definition>(
      reactor_,
      [&definitions = parts_.sagas.parts().definitions, name = std::string(name)] { return definitions.retire(name); },
      [reply = std::move(reply)](std::variant<runtime::retired_definition, problem> retired) mutable {
        if (const auto* bad = std::get_if<problem>(&retired)) return reply(problem_response(*bad));
        const auto& one = std::get<runtime::retired_definition>(retired);
        http::response told;
        told.body = begun(one.name, one.version, one.content, one.description) + ",\"retired\":true}";
        reply(std::move(told));
      });
}

}  // namespace sagad::api
