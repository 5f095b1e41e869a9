#pragma once

#include <functional>

#include "sagactl/exit_code.hpp"
#include "sagactl/session.hpp"

namespace CLI {
class App;
}

namespace sagad::sagactl {

/// What the command line asked for, ready to run.
using chosen_command = std::function<exit_code(session&)>;

/// Each adds its commands to the command line, with their help; the one that is used puts itself into `chosen`.
void add_start(CLI::App& app, chosen_command& chosen);
/// get, watch, list, explain, records, events.
void add_looking(CLI::App& app, chosen_command& chosen);
void add_list(CLI::App& app, chosen_command& chosen);
void add_events(CLI::App& app, chosen_command& chosen);
void add_explain(CLI::App& app, chosen_command& chosen);
/// retry, edit, skip, pause, resume, compensate, resolve, cancel.
void add_operating(CLI::App& app, chosen_command& chosen);
/// job, stop.
void add_jobs(CLI::App& app, chosen_command& chosen);
void add_definitions(CLI::App& app, chosen_command& chosen);
/// Of `definitions`: try.
void add_try(CLI::App& group, chosen_command& chosen);
/// Of `definitions`: validate, graph, diff.
void add_checking(CLI::App& group, chosen_command& chosen);
/// participants, nodes, health.
void add_server(CLI::App& app, chosen_command& chosen);
/// Knows the commands that were added before.
void add_completion(CLI::App& app, chosen_command& chosen);

}  // namespace sagad::sagactl
