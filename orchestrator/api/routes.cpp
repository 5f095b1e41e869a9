#include "api/routes.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/nearest.hpp"
#include "engine/engine.hpp"

namespace sagad::api {
namespace {

constexpr std::array routes{
    route{{"healthz"}, 1, "GET"},
    route{{"openapi.yaml"}, 1, "GET"},
    route{{"readyz"}, 1, "GET"},
    route{{"metrics"}, 1, "GET"},
    route{{"v1", "participants"}, 2, "GET"},
    route{{"v1", "nodes"}, 2, "GET"},
    route{{"v1", "events"}, 2, "GET", {{{"GET", {read_by_itself}}}}},
    route{{"v1", "views"}, 2, "GET"},
    route{{"v1", "views", "rebuild"}, 3, "POST"},
    route{{"v1", "callbacks", "*"}, 3, "POST"},
    route{{"v1", "definitions"}, 2, "GET"},
    route{{"v1", "definitions", "*"}, 3, "GET, PUT, DELETE", {{{"PUT", {"dry_run"}}}}},
    route{{"v1", "definitions", "*", "sagas"}, 4, "POST", {{{"POST", {"key", "wait"}}}}},
    route{{"v1", "commands"}, 2, "POST", {{{"POST", {"dry_run"}}}}},
    route{{"v1", "commands", "*"}, 3, "GET, DELETE", {{{"GET", {"from", "limit", "outcome"}}}}},
    route{{"v1", "sagas"}, 2, "GET, POST", {{{"GET", {read_by_itself}}, {"POST", {"key", "wait"}}}}},
    route{{"v1", "sagas:batch"}, 2, "POST", {{{"POST", {"key"}}}}},
    route{{"v1", "sagas", "*"}, 3, "GET", {{{"GET", {"wait"}}}}},
    route{{"v1", "sagas", "*", "events"}, 4, "GET", {{{"GET", {"after", "limit"}}}}},
    route{{"v1", "sagas", "*", "cancel"}, 4, "POST"},
    route{{"v1", "sagas", "*", "commands"}, 4, "GET", {{{"GET", {"id"}}}}},
    route{{"v1", "sagas", "*", "commands", "*"}, 5, "POST"},
};

std::string text_of(const target::segments& path) {
  std::string text;
  for (const auto& segment : path) text += '/' + segment;
  return text;
}

const route* find_route(const target& where) noexcept {
  for (const auto& one : routes) {
    const bool fits =
        where.path.size() == one.count &&
        std::equal(where.path.begin(), where.path.end(), one.segments.begin(),
                   [](std::string_view given, std::string_view known) { return known == "*" || given == known; });
    if (fits) return &one;
  }
  return nullptr;
}

bool has_method(const route& one, std::string_view method) noexcept {
  for (auto rest = one.methods; !rest.empty();) {
    const auto end = rest.find(", ");
    if (rest.substr(0, end) == method) return true;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  }
  return false;
}

bool has_route(const target::segments& path) {
  target there;
  there.path = path;
  return !methods_at(there).empty();
}

// Where all segments but one are a route's, and that one is nearly.
std::optional<std::size_t> misspelt_segment(const target::segments& path, const route& of) {
  std::optional<std::size_t> wrong;
  for (std::size_t at = 0; at < of.count; ++at) {
    if (of.segments[at] == "*" || of.segments[at] == path[at]) continue;
    if (wrong || nearest(path[at], std::span(&of.segments[at], 1)).empty()) return std::nullopt;
    wrong = at;
  }
  return wrong;
}

}  // namespace

std::string path_meant(const target& where) {
  auto path = where.path;
  if (path.empty()) return {};
  path.insert(path.begin(), "v1");
  if (has_route(path)) return text_of(path);
  path = where.path;
  // A command's name where its saga's other routes stand.
  if (path.size() == 4) {
    path.insert(path.begin() + 3, "commands");
    if (has_route(path) && engine::parse_command(path.back())) return text_of(path);
    path = where.path;
  }
  for (const auto& one : routes) {
    const auto wrong = one.count == path.size() ? misspelt_segment(path, one) : std::nullopt;
    if (!wrong) continue;
    path[*wrong] = one.segments[*wrong];
    return text_of(path);
  }
  return {};
}

std::span<const route> all_routes() noexcept {
  return routes;
}

std::string_view methods_at(const target& where) noexcept {
  const auto* found = find_route(where);
  return found == nullptr ? std::string_view() : found->methods;
}

std::optional<problem> wrong_parameters(std::string_view method, const target& where) {
  if (where.query.empty()) return std::nullopt;
  const auto* found = find_route(where);
  if (found == nullptr || !has_method(*found, method)) return std::nullopt;
  std::span<const std::string_view> known;
  for (const auto& one : found->takes) {
    if (one.method == method) known = one.names;
  }
  while (!known.empty() && known.back().empty()) known = known.first(known.size() - 1);
  if (!known.empty() && known.front() == read_by_itself) return std::nullopt;
  return where.has_others_than(known);
}

}  // namespace sagad::api
