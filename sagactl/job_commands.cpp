#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "base/percent.hpp"
#include "sagactl/bulk.hpp"
#include "sagactl/commands.hpp"
#include "sagactl/reply.hpp"

namespace sagad::sagactl {
namespace {

constexpr const char* job_footer =
    R"(For when the terminal that began it is gone: what `retry --all` and its like tell. Its server remembers it until it
is started anew, and the newest 8.

Examples:
  sagactl job tonight
  sagactl job tonight --now
  sagactl job tonight --json | jq -r '.results[] | select(.outcome == "refused").saga'

Exit code: 0 all were done, 1 some were not, 5 with --now: it is under way.)";

void add_job(CLI::App& app, chosen_command& chosen) {
  struct job_options {
    std::string id;
    bool now = false;
  };
  auto options = std::make_shared<job_options>();
  auto* command =
      app.add_subcommand("job", "Follow a command that goes to many sagas (--all), and what became of each");
  command->footer(job_footer);
  command->add_option("job", options->id, "Its id, as it was told when it began")->required();
  command->add_flag("--now", options->now, "Only how far it is; do not wait for its end");
  command->callback([&chosen, options] {
    chosen = [options](session& with) {
      return options->now ? show_job(with, options->id) : follow_job(with, options->id);
    };
  });
}

void add_stop(CLI::App& app, chosen_command& chosen) {
  auto id = std::make_shared<std::string>();
  auto* command = app.add_subcommand("stop", "Stop a command that goes to many sagas (--all)");
  command->footer(
      "What was done stays done; the others are left alone.\n\n"
      "Example:\n  sagactl stop tonight");
  command->add_option("job", *id, "Its id, as it was told when it began")->required();
  command->callback([&chosen, id] {
    chosen = [id](session& with) {
      http_request what;
      what.method = "DELETE";
      what.target = "/v1/commands/" + percent_encoded(*id);
      const auto answer = ask(with, what, "found");
      if (!answer.good()) {
        const bool unknown = answer.problem() == "not-found";
        return report(with, answer,
                      unknown ? "nothing: what is not known does not run, so nothing is to be stopped" : "");
      }
      const auto job = answer.view();
      with.out << (with.json
                       ? answer.body
                       : job.text("command") + " is " + job.text("state") + ": " + std::to_string(job.integer("done")) +
                             " of " + std::to_string(job.integer("found")) + " found were done")
               << '\n';
      return exit_code::ok;
    };
  });
}

}  // namespace

void add_jobs(CLI::App& app, chosen_command& chosen) {
  add_job(app, chosen);
  add_stop(app, chosen);
}

}  // namespace sagad::sagactl
