#include "api/service.hpp"

#include "api/openapi_text.hpp"
#include "api/participants.hpp"
#include "api/problem_reply.hpp"
#include "api/routes.hpp"

namespace sagad::api {
namespace {

void refuse(http::reply& reply, problem_code code, std::string detail) {
  reply(problem_response({code, std::move(detail)}));
}

// As the header `Allow` names them: whatever takes GET takes HEAD.
std::string with_head(std::string_view methods) {
  constexpr std::string_view get = "GET";
  if (!methods.starts_with(get)) return std::string(methods);
  return "GET, HEAD" + std::string(methods.substr(get.size()));
}

void refuse_route(const http::request& request, const target& where, http::reply& reply) {
  const auto methods = methods_at(where);
  if (methods.empty()) {
    const auto meant = path_meant(where);
    return refuse(reply, problem_code::not_found,
                  "there is no " + std::string(request.method) + " here: " +
                      (meant.empty() ? "" : "did you mean " + meant + "? ") + "GET /openapi.yaml has all routes");
  }
  const auto taken = with_head(methods);
  auto response = problem_response({problem_code::method_not_allowed, "this route takes " + taken});
  response.headers += "Allow: " + taken + "\r\n";
  reply(std::move(response));
}

bool allowed(const caller& who, unsigned roles, http::reply& reply, std::string_view needs) {
  if ((who.roles & roles) != 0) return true;
  refuse(reply, problem_code::forbidden, "this needs the role " + std::string(needs));
  return false;
}

// Probes, the contract, and late answers, whose path is their proof.
bool needs_no_token(const target& where) {
  const auto& path = where.path;
  if (path.size() == 1) return path[0] == "healthz" || path[0] == "readyz" || path[0] == "openapi.yaml";
  return path.size() == 3 && path[0] == "v1" && path[1] == "callbacks";
}

constexpr unsigned mask(role one) noexcept {
  return static_cast<unsigned>(one);
}
constexpr unsigned anybody = 15;
constexpr unsigned staff = anybody & ~mask(role::client);

}  // namespace

void service::handle(const http::request& request, http::reply reply) {
  if (request.method == "HEAD") {  // as GET; the connection leaves out the body
    auto as_get = request;
    as_get.method = "GET";
    return handle(as_get, std::move(reply));
  }
  auto where = target::parse(request.target);
  if (!where) return refuse(reply, problem_code::invalid_argument, malformed_target);
  const bool open = needs_no_token(*where);
  auto who = open ? std::nullopt : parts_.roles.identify(request.find("authorization"));
  if (!who && !open) {
    return refuse(reply, problem_code::unauthorized, "send `Authorization: Bearer TOKEN` with a configured token");
  }
  if (const auto bad = wrong_parameters(request.method, *where)) return reply(problem_response(*bad));
  if (open) return route_open(request, *where, std::move(reply));
  const context asked{request, std::move(*where), std::move(*who)};
  route(asked, reply);
}

void service::route_open(const http::request& request, const target& where, http::reply reply) {
  const auto& path = where.path;
  if (methods_at(where) != request.method) return refuse_route(request, where, reply);
  if (path[0] == "readyz") return ready(std::move(reply));
  if (path[0] == "v1") return callback(request, path[2], std::move(reply));
  http::response response;
  if (path[0] == "healthz") {
    response.body = R"({"status":"alive"})";
  } else {
    response.content_type = "application/yaml";
    response.body = openapi_text();
  }
  reply(std::move(response));
}

void service::route(const context& asked, http::reply& reply) {
  const auto& path = asked.where.path;
  const bool known_root = path.size() >= 2 && path[0] == "v1";
  if (known_root && path[1] == "sagas" && route_saga(asked, reply)) return;
  if (known_root && path[1] == "commands" && route_commands(asked, reply)) return;
  if (known_root && path[1] == "definitions" && route_definition(asked, reply)) return;
  if (route_plain(asked, reply)) return;
  refuse_route(asked.request, asked.where, reply);
}

bool service::route_saga(const context& asked, http::reply& reply) {
  const auto& path = asked.where.path;
  const auto method = asked.request.method;
  if (path.size() == 2) {
    if (method == "POST") {
      if (allowed(asked.who, mask(role::client) | mask(role::developer), reply, "client")) {
        start_whole(asked, std::move(reply));
      }
      return true;
    }
    if (method != "GET") return false;
    if (allowed(asked.who, anybody, reply, "reader")) list_sagas(asked, std::move(reply));
    return true;
  }
  const auto id = saga_id::parse(path[2]);
  if (!id) {
    refuse(reply, problem_code::invalid_argument,
           "a saga's id is 26 characters of upper-case base32, as its start answered; by its key it is found with GET "
           "/v1/sagas?key=KEY");
    return true;
  }
  if (path.size() == 3 && method == "GET") {
    if (allowed(asked.who, anybody, reply, "reader")) get_saga(asked, *id, std::move(reply));
    return true;
  }
  if (path.size() == 4 && path[3] == "events" && method == "GET") {
    if (allowed(asked.who, anybody, reply, "reader")) get_events(asked, *id, std::move(reply));
    return true;
  }
  if (path.size() == 4 && path[3] == "cancel" && method == "POST") {
    if (allowed(asked.who, mask(role::client) | mask(role::operations), reply, "client")) {
      command(asked, *id, engine::command_name::cancel, std::move(reply));
    }
    return true;
  }
  if (path.size() == 4 && path[3] == "commands" && method == "GET") {
    if (allowed(asked.who, mask(role::client) | mask(role::operations), reply, "operator")) {
      show_command(asked, *id, std::move(reply));
    }
    return true;
  }
  if (path.size() == 5 && path[3] == "commands" && method == "POST") {
    const auto name = engine::parse_command(path[4]);
    if (!name || *name == engine::command_name::cancel) {
      refuse(reply, problem_code::not_found,
             "there is no command `" + path[4] + "`: retry, edit, skip, pause, resume, compensate, resolve");
    } else if (allowed(asked.who, mask(role::operations), reply, "operator")) {
      command(asked, *id, *name, std::move(reply));
    }
    return true;
  }
  return false;
}

bool service::route_definition(const context& asked, http::reply& reply) {
  const auto& path = asked.where.path;
  const auto method = asked.request.method;
  if (path.size() == 2 && method == "GET") {
    if (allowed(asked.who, staff, reply, "reader")) list_definitions(std::move(reply));
    return true;
  }
  if (path.size() == 3 && method == "GET") {
    if (allowed(asked.who, staff, reply, "reader")) get_definition(path[2], std::move(reply));
    return true;
  }
  if (path.size() == 3 && method == "PUT") {
    if (allowed(asked.who, mask(role::developer), reply, "developer")) put_definition(asked, path[2], std::move(reply));
    return true;
  }
  if (path.size() == 3 && method == "DELETE") {
    if (allowed(asked.who, mask(role::developer), reply, "developer")) retire_definition(path[2], std::move(reply));
    return true;
  }
  if (path.size() == 4 && path[3] == "sagas" && method == "POST") {
    if (!asked.who.may_start(path[2].substr(0, path[2].find('@')))) {
      refuse(reply, problem_code::forbidden, "this token may not start `" + path[2] + "`");
    } else {
      start_short(asked, path[2], std::move(reply));
    }
    return true;
  }
  return false;
}

bool service::route_plain(const context& asked, http::reply& reply) {
  const auto& path = asked.where.path;
  const bool of_views = path.size() >= 2 && path[0] == "v1" && path[1] == "views";
  if (of_views && path.size() == 3 && path[2] == "rebuild" && asked.request.method == "POST") {
    if (allowed(asked.who, mask(role::operations), reply, "operator")) rebuild_views(std::move(reply));
    return true;
  }
  if (asked.request.method != "GET") return false;
  if (path.size() == 1 && path[0] == "metrics") {
    if (allowed(asked.who, staff, reply, "reader")) metrics(std::move(reply));
    return true;
  }
  if (of_views && path.size() == 2) {
    if (allowed(asked.who, staff, reply, "reader")) show_views(std::move(reply));
    return true;
  }
  if (path.size() == 2 && path[0] == "v1" && path[1] == "events") {
    if (allowed(asked.who, anybody, reply, "reader")) all_events(asked, std::move(reply));
    return true;
  }
  if (path.size() == 2 && path[0] == "v1" && path[1] == "participants") {
    if (allowed(asked.who, staff, reply, "reader")) participants(std::move(reply));
    return true;
  }
  if (path.size() == 2 && path[0] == "v1" && path[1] == "nodes") {
    if (allowed(asked.who, staff, reply, "reader")) nodes(std::move(reply));
    return true;
  }
  return false;
}

void service::nodes(http::reply reply) {
  parts_.nodes.ask(back_here([reply = std::move(reply)](std::optional<node_list::nodes> found) mutable {
    if (!found) return refuse(reply, problem_code::overloaded, "the journal's database does not say who its nodes are");
    http::response response;
    response.body = nodes_json(*found);
    reply(std::move(response));
  }));
}

void service::participants(http::reply reply) {
  parts_.sagas.gather<dispatch::participant_views>(
      reactor_, [this](std::size_t number, const runtime::reactor&) { return parts_.participants(number); },
      [reply = std::move(reply)](dispatch::participant_views views) mutable {
        http::response response;
        response.body = participants_json(views);
        reply(std::move(response));
      });
}

namespace {

struct of_reactors {
  runtime::counters counted;
  dispatch::participant_views participants;
  http::server_counts connections;

  of_reactors& operator+=(const of_reactors& other) {
    counted += other.counted;
    participants += other.participants;
    connections += other.connections;
    return *this;
  }
};

}  // namespace

void service::metrics(http::reply reply) {
  parts_.sagas.gather<of_reactors>(
      reactor_,
      [this](std::size_t number, const runtime::reactor& one) {
        return of_reactors{one.counted(), parts_.participants(number), parts_.connections(number)};
      },
      [this, reply = std::move(reply)](const of_reactors& all) mutable {
        http::response response;
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        const auto& parts = parts_.sagas.parts();
        response.body = metrics_text({all.counted, all.participants, all.connections, parts.store.measured(),
                                      parts_.views.measured(), views_lag_ms(), parts.time.wall_drift(),
                                      parts_.events.streams(), *parts_.batches_open});
        reply(std::move(response));
      });
}

void service::ready(http::reply reply) {
  if (parts_.sagas.draining()) return refuse(reply, problem_code::draining, "this coordinator is shutting down");
  parts_.sagas.counted(reactor_, [this, reply = std::move(reply)](runtime::counters counted) mutable {
    const auto measured = parts_.sagas.parts().store.measured();
    if (measured.waits_for_room) {
      return refuse(reply, problem_code::journal_full,
                    "the journal's disk is full, and sagas under way wait for it: make room");
    }
    if (measured.full) {
      return refuse(reply, problem_code::journal_full,
                    measured.why_full.empty() ? "the journal's disk has no room for new sagas: make room"
                                              : "the journal takes no new sagas: " + measured.why_full);
    }
    if (counted.partitions == 0) {
      return refuse(reply, problem_code::overloaded,
                    "this node has no share of the sagas yet: it comes when others have handed theirs over");
    }
    if (counted.to_recover != 0) {
      return refuse(reply, problem_code::overloaded,
                    std::to_string(counted.to_recover) + " sagas are still being loaded");
    }
    const auto why = parts_.views.in_the_way();
    if (parts_.views.measured().as_of == 0) {
      return refuse(reply, problem_code::overloaded,
                    "the views are being built" + (why.empty() ? "" : ". In the way is: " + why));
    }
    if (const auto lag_ms = views_lag_ms(); lag_ms > parts_.views_lag_ms_max) {
      return refuse(reply, problem_code::overloaded,
                    "the views are " + std::to_string(lag_ms) +
                        " ms behind the journal: lists do not show what is newer, and starts are taken as ever. " +
                        (why.empty() ? "They catch up by themselves: more is written than they can follow"
                                     : "In the way is: " + why));
    }
    http::response response;
    response.body = R"({"status":"ready"})";
    reply(std::move(response));
  });
}

}  // namespace sagad::api
