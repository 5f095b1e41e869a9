#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "sagactl/commands.hpp"
#include "sagactl/read_text.hpp"
#include "sagactl/reply.hpp"
#include "sagactl/show.hpp"
#include "sagactl/times.hpp"

namespace sagad::sagactl {
namespace {

constexpr const char* participants_footer = R"(Examples:
  sagactl participants
  sagactl participants --json | jq '.participants[] | select(.circuit != "closed")'

REACHABLE: what the newest call knows of each endpoint; - where the participant was not called yet.
An open circuit: many calls failed, and the participant is left alone for some seconds. A half-open one: the next call
goes out at once and decides. WAITING: calls held back by an open circuit,
or by the limit of calls in flight.)";

constexpr const char* nodes_footer = R"(Examples:
  sagactl nodes
  sagactl nodes --json | jq '.nodes[] | select(.silent_ms > 5000) | .name'

PARTITIONS: how many of 256 it owns. FORMAT: the newest format of records that
it reads. HEARD: when it last said that it is there. What a node owned that has
died belongs to others after 5 s.)";

constexpr const char* health_footer = R"(Examples:
  sagactl health
  sagactl health --wait 30s      for who has just begun it, and goes on once it is there

Exit code: 0 up and ready, 1 it runs and is not ready, 3 no answer.)";

exit_code participants(session& with) {
  const auto answer = ask(with, "/v1/participants", "participants");
  if (!answer.good()) return report(with, answer);
  if (with.json) {
    with.out << answer.body << '\n';
  } else {
    show_participants(with.out, answer.view(), with.now());
  }
  return exit_code::ok;
}

exit_code nodes(session& with) {
  const auto answer = ask(with, "/v1/nodes", "nodes");
  if (!answer.good()) return report(with, answer);
  if (with.json) {
    with.out << answer.body << '\n';
  } else {
    show_nodes(with.out, answer.view());
  }
  return exit_code::ok;
}

// Whether it is there, and then whether it is ready: the first answer that says no, or the last.
reply ask_health(session& with, std::string_view& advice) {
  auto alive = ask(with, "/healthz", "status");
  alive.foreign |= alive.good() && alive.view().text("status") != "alive";
  if (!alive.good()) return alive;
  advice = "It runs and is not ready, for the reason above: ask again in a moment.";
  return ask(with, "/readyz", "status");
}

exit_code health(session& with, milliseconds patience) {
  constexpr milliseconds between{100};
  const auto began = with.now();
  std::string_view advice;
  auto ready = ask_health(with, advice);
  while (!ready.good() && !ready.foreign && milliseconds(with.now() - began) < patience) {
    with.pause(between);
    ready = ask_health(with, advice);
  }
  if (!ready.good()) return report(with, ready, advice);
  with.out << (with.json ? ready.body : with.server_name + " is up and ready") << '\n';
  return exit_code::ok;
}

}  // namespace

void add_server(CLI::App& app, chosen_command& chosen) {
  auto* asked = app.add_subcommand("participants", "Show the participants: reachable, circuit, load");
  asked->footer(participants_footer);
  asked->callback([&chosen] { chosen = &participants; });
  auto* others = app.add_subcommand("nodes", "Show the sagad that share the journal, and what each owns");
  others->footer(nodes_footer);
  others->callback([&chosen] { chosen = &nodes; });
  auto* healthy = app.add_subcommand("health", "Ask the server whether it is up and ready (exit code 0)");
  healthy->footer(health_footer);
  auto wait = std::make_shared<std::string>();
  healthy->add_option("--wait", *wait, "Until it is, at most so long: 10s, 1m")->check(is_duration);
  healthy->callback([&chosen, wait] {
    const auto patience = wait->empty() ? milliseconds(0) : *parse_duration(*wait);
    chosen = [patience](session& with) { return health(with, patience); };
  });
}

}  // namespace sagad::sagactl
