#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <optional>
#include <ostream>

#include "sagactl/commands.hpp"
#include "sagactl/read_text.hpp"
#include "sagactl/reply.hpp"
#include "sagactl/show.hpp"

namespace sagad::sagactl {
namespace {

struct command_options {
  std::string saga;
  std::string reason;
  std::string step;
  std::string operation;
  std::string body;
  std::string id;
  std::int64_t if_seq = 0;
  bool any_seq = false;
  bool force = false;
  bool nothing_happened = false;
};

enum class step_use { none, optional, required };

// One command: what it may be given, and how it is explained.
struct command_kind {
  const char* name;
  const char* what;
  const char* footer;
  step_use step = step_use::none;
  bool body = false;
  bool force = false;
  bool reason_required = false;
  /// What it means does not hang on how far the saga has come: sent again when the saga went on in between.
  bool any_state = false;
};

constexpr std::array<command_kind, 8> kinds{{
    {"retry", "Ask again what is blocked, now and with a new budget",
     "Without --step everything of the saga that is blocked. For when the participant is well again and the next try\n"
     "should not be waited for.",
     step_use::optional},
    {"edit", "Give a blocked operation another request body",
     "Where the old request took effect after all, the participant says so and the operation stays blocked.\n\n"
     "Example:\n  sagactl edit 01K... --step rate --body '{\"item\": \"sword\"}' --reason 'item was renamed'",
     step_use::required, true, false, true},
    {"skip", "Call a blocked operation done, with a response by hand",
     "For what was done by other means. If the saga turns back later, the step is undone all the same, unless\n"
     "--nothing-happened was said. Without --body the response is null.",
     step_use::required, true, false, true},
    {"pause", "Stop calling anything for a saga; its answers are still recorded", "`sagactl resume` goes on.",
     step_use::none, false, false, false, true},
    {"resume", "Go on with a paused saga", "In the direction that it had.", step_use::none, false, false, false, true},
    {"compensate", "Turn a saga back: undo what was done",
     "Refused past the point of no return. With --force it undoes what can be undone even then, ends as resolved and\n"
     "lists the effects that stay.",
     step_use::none, false, true, true},
    {"resolve", "Close a saga by hand: nothing more is called",
     "For a saga whose effects were put right by other means; the answer lists those that stay. With --force also\n"
     "while a call is under way.",
     step_use::none, false, true, true},
    {"cancel", "Take a saga back, as the client that started it", "Refused past the point of no return.",
     step_use::none, false, false, false, true},
}};

std::string target_of(const command_kind& kind, const std::string& saga) {
  const std::string name = kind.name;
  return "/v1/sagas/" + encoded(saga) + (name == "cancel" ? "/cancel" : "/commands/" + name);
}

std::string body_of(const command_options& options, const std::string& id, std::int64_t seq) {
  std::string body = R"({"id":)" + json_text(id);
  const auto add = [&body](std::string_view name, const std::string& json) {
    body += ",\"" + std::string(name) + "\":" + json;
  };
  if (!options.reason.empty()) add("reason", json_text(options.reason));
  if (seq > 0) add("if_seq", std::to_string(seq));
  if (!options.step.empty()) add("step", json_text(options.step));
  if (!options.operation.empty()) add("operation", json_text(options.operation));
  if (options.force) add("force", "true");
  if (options.nothing_happened) add("nothing_happened", "true");
  if (!options.body.empty()) add("body", options.body);
  return body + "}";
}

// The body as JSON text: given as it is, or as @FILE (@- is the standard input).
std::optional<std::string> read_body(session& with, const std::string& given) {
  if (given.empty()) return given;
  auto text = given.front() == '@' ? read_text(with.in, given.substr(1)) : std::optional(given);
  const auto mistake = text ? json_mistake(*text) : "cannot read " + given.substr(1);
  if (mistake.empty()) return text;
  with.err << "sagactl: --body is not JSON: " << mistake << "\n  next: correct it; nothing was sent\n";
  return std::nullopt;
}

exit_code tell(session& with, const command_kind& kind, const reply& answer) {
  if (with.json) {
    with.out << answer.body << '\n';
    return exit_code::ok;
  }
  const auto saga = answer.view();
  const auto id = saga.text("id");
  with.out << kind.name << " recorded; " << id << " is now " << saga_in_a_line(saga, with.now()) << '\n';
  const auto effects = saga["remaining_effects"];
  for (std::size_t at = 0; at < effects.size(); ++at) {
    with.out << "  an effect that stays: " << effects.at(at).text("step")
             << (effects.at(at).text("certain") == "yes" ? "" : " (in doubt)") << '\n';
  }
  if (!saga.has("outcome")) with.out << "next: " << next_command(saga) << '\n';
  return exit_code::ok;
}

exit_code run(session& with, const command_kind& kind, command_options options) {
  auto body = read_body(with, options.body);
  if (!body) return exit_code::usage;
  options.body = std::move(*body);
  const auto id = options.id.empty() ? with.fresh_name() : options.id;
  constexpr int tries_max = 5;
  for (int tries = 1;; ++tries) {
    auto seq = options.if_seq;
    if (seq == 0 && !options.any_seq) {
      const auto saga = ask(with, "/v1/sagas/" + encoded(options.saga), "id");
      if (!saga.good()) return report(with, saga);
      seq = saga.view().integer("seq");
    }
    http_request what;
    what.method = "POST";
    what.target = target_of(kind, options.saga);
    what.body = body_of(options, id, seq);
    const auto answer = ask(with, what, "id");
    if (answer.good()) return tell(with, kind, answer);
    const bool went_on = answer.problem() == "changed-meanwhile" && options.if_seq == 0 && kind.any_state;
    if (went_on && tries < tries_max) continue;
    const bool open = answer.status == 0 || answer.foreign || answer.status >= 500 || answer.status == 429;
    const auto again = "Whether it took effect is unknown: say the same again with --id " + id;
    return report(with, answer, open ? again : std::string());
  }
}

void add_command(CLI::App& app, chosen_command& chosen, const command_kind& kind) {
  auto options = std::make_shared<command_options>();
  auto* command = app.add_subcommand(kind.name, kind.what);
  command->footer(kind.footer);
  command->add_option("saga", options->saga, "The saga's id")->required();
  if (kind.step != step_use::none) {
    auto* step = command->add_option("-s,--step", options->step, "The step that is meant");
    if (kind.step == step_use::required) step->required();
    command
        ->add_option("--operation", options->operation, "Its action or its compensation; without: the one that is open")
        ->check(CLI::IsMember({"action", "compensation"}))
        ->needs(step);
  }
  if (kind.body) {
    auto* body = command->add_option("-b,--body", options->body, "JSON, or @FILE (@- is the standard input)");
    if (std::string_view(kind.name) == "edit") {
      body->required();
    } else {
      command->add_flag("--nothing-happened", options->nothing_happened, "It has no effect: there is nothing to undo");
    }
  }
  if (kind.force) command->add_flag("--force", options->force, "See below");
  auto* reason = command->add_option("-r,--reason", options->reason, "Why; kept in the journal for ever");
  if (kind.reason_required) reason->required();
  auto* seq =
      command->add_option("--if-seq", options->if_seq, "Only if this is the saga's newest record, as `get` shows")
          ->check(CLI::PositiveNumber);
  command->add_flag("--any-seq", options->any_seq, "Whatever the newest record is; without: as it is right now")
      ->excludes(seq);
  command->add_option("--id", options->id, "The command's own name: the same again takes effect once");
  command->callback(
      [&chosen, &kind, options] { chosen = [&kind, options](session& with) { return run(with, kind, *options); }; });
}

}  // namespace

void add_operating(CLI::App& app, chosen_command& chosen) {
  for (const auto& kind : kinds) add_command(app, chosen, kind);
}

}  // namespace sagad::sagactl
