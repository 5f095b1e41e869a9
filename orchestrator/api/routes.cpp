#include "api/routes.hpp"

#include <algorithm>

namespace sagad::api {
namespace {

constexpr std::array routes{
    route{{"healthz"}, 1, "GET"},
    route{{"openapi.yaml"}, 1, "GET"},
    route{{"readyz"}, 1, "GET"},
    route{{"metrics"}, 1, "GET"},
    route{{"v1", "participants"}, 2, "GET"},
    route{{"v1", "events"}, 2, "GET"},
    route{{"v1", "views"}, 2, "GET"},
    route{{"v1", "views", "rebuild"}, 3, "POST"},
    route{{"v1", "callbacks", "*"}, 3, "POST"},
    route{{"v1", "definitions"}, 2, "GET"},
    route{{"v1", "definitions", "*"}, 3, "GET, PUT, DELETE"},
    route{{"v1", "definitions", "*", "sagas"}, 4, "POST"},
    route{{"v1", "commands"}, 2, "POST"},
    route{{"v1", "commands", "*"}, 3, "GET, DELETE"},
    route{{"v1", "sagas"}, 2, "GET, POST"},
    route{{"v1", "sagas:batch"}, 2, "POST"},
    route{{"v1", "sagas", "*"}, 3, "GET"},
    route{{"v1", "sagas", "*", "events"}, 4, "GET"},
    route{{"v1", "sagas", "*", "cancel"}, 4, "POST"},
    route{{"v1", "sagas", "*", "commands", "*"}, 5, "POST"},
};

}  // namespace

std::span<const route> all_routes() noexcept {
  return routes;
}

std::string_view methods_at(const target& where) noexcept {
  for (const auto& one : routes) {
    const bool fits =
        where.path.size() == one.count &&
        std::equal(where.path.begin(), where.path.end(), one.segments.begin(),
                   [](std::string_view given, std::string_view known) { return known == "*" || given == known; });
    if (fits) return one.methods;
  }
  return {};
}

}  // namespace sagad::api
