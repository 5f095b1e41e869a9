#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <ostream>

#include "base/percent.hpp"
#include "sagactl/bulk.hpp"
#include "sagactl/commands.hpp"
#include "sagactl/read_text.hpp"
#include "sagactl/reply.hpp"
#include "sagactl/saga_argument.hpp"
#include "sagactl/show.hpp"

namespace sagad::sagactl {
namespace {

struct command_options {
  std::string saga;
  bool all = false;
  saga_filter filter;
  bool dry_run = false;
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
  const char* force = nullptr;  ///< what it does with --force
  bool reason_required = false;
  /// What it means does not hang on how far the saga has come: sent again when the saga went on in between.
  bool any_state = false;
  /// Of many sagas at once, too.
  bool bulk = true;
};

constexpr std::array<command_kind, 8> kinds{{
    {"retry", "Ask again what is blocked, now and with a new budget",
     "Without --step everything of the saga that is blocked. For when the participant is well again and the next try\n"
     "should not be waited for.\n\n"
     "Examples:\n"
     "  sagactl retry 01K... --step rate\n"
     "  sagactl retry --all --state stuck --definition sale --step rate --since 2h --dry-run",
     step_use::optional},
    {"edit", "Give an operation that is not under way another request body",
     "Where the old request took effect after all, the participant says so and the operation stays blocked.\n\n"
     "Example:\n  sagactl edit 01K... --step rate --body '{\"item\": \"sword\"}' --reason 'item was renamed'",
     step_use::required, true, nullptr, true},
    {"skip", "Call an operation that is not under way done, with a response by hand",
     "For what was done by other means. If the saga turns back later, the step is undone all the same, unless\n"
     "--nothing-happened was said. Without --body the response is null.\n\n"
     "Example:\n  sagactl skip order-7731 --step rate --body '{\"rate\": null}' --reason 'noted by hand'",
     step_use::required, true, nullptr, true},
    {"pause", "Stop calling anything for a saga; its answers are still recorded",
     "`sagactl resume` goes on.\n\nExample:\n  sagactl pause order-7731 --reason 'the address is being asked for'",
     step_use::none, false, nullptr, false, true},
    {"resume", "Go on with a paused saga", "In the direction that it had.\n\nExample:\n  sagactl resume order-7731",
     step_use::none, false, nullptr, false, true},
    {"compensate", "Turn a saga back: undo what was done",
     "Refused past the point of no return: what was settled there is meant to stand. With --force the steps that can "
     "be\n"
     "undone are undone even then; the saga ends as resolved, not as compensated, and the effects that stay are "
     "listed:\n"
     "they are yours to put right.\n\n"
     "Example:\n  sagactl compensate order-7731 --reason 'a fraud'",
     step_use::none, false, "Past the point of no return, too: undo what can be, leave the rest, end as resolved",
     true},
    {"resolve", "Close a saga by hand: nothing more is called",
     "For a saga whose effects were put right by other means; the answer lists those that stay.\n\n"
     "Example:\n  sagactl resolve order-7731 --reason 'the money was given back by hand'",
     step_use::none, false, "While a call is under way, too; what it does then is not known", true},
    {"cancel", "Take a saga back, as the client that started it",
     "Refused past the point of no return.\n\nExample:\n  sagactl cancel order-7731", step_use::none, false, nullptr,
     false, true, false},
}};

std::string target_of(const command_kind& kind, const std::string& saga) {
  const std::string name = kind.name;
  return "/v1/sagas/" + percent_encoded(saga) + (name == "cancel" ? "/cancel" : "/commands/" + name);
}

// What a command says, each member with a comma before it.
std::string members_of(const command_options& options, std::int64_t seq) {
  std::string members;
  const auto add = [&members](std::string_view name, const std::string& json) {
    members += ",\"" + std::string(name) + "\":" + json;
  };
  if (!options.reason.empty()) add("reason", json_text(options.reason));
  if (seq > 0) add("if_seq", std::to_string(seq));
  if (!options.step.empty()) add("step", json_text(options.step));
  if (!options.operation.empty()) add("operation", json_text(options.operation));
  if (options.force) add("force", "true");
  if (options.nothing_happened) add("nothing_happened", "true");
  if (!options.body.empty()) add("body", options.body);
  return members;
}

std::optional<std::string> read_body(session& with, const std::string& given) {
  return given.empty() ? std::optional(given) : read_json(with, "--body", given);
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

exit_code run_for_all(session& with, const command_kind& kind, const command_options& options) {
  if (!times_in_order(with, options.filter)) return exit_code::usage;
  bulk_options bulk{kind.name, {}, options.filter, {}};
  bulk.filter.step = options.step;
  fix_times(with, bulk.filter);
  if (parameters_of(with, bulk.filter).empty()) {
    with.err << "sagactl: --all needs options that say which sagas: --state stuck, --definition NAME, ...; --state "
                "unfinished is all there is\n";
    return exit_code::usage;
  }
  auto told = options;
  // Of a command that is for a saga as a whole the step only says which sagas.
  if (kind.step == step_use::none) told.step.clear();
  bulk.members = members_of(told, 0);
  if (options.dry_run) return count_bulk(with, bulk);
  bulk.id = options.id.empty() ? with.fresh_name() : options.id;
  return run_bulk(with, bulk);
}

// The saga is another node's, which has not answered whoever was asked: until it has.
reply await_owner(session& with, const std::string& saga, const std::string& id, reply answer) {
  constexpr std::chrono::milliseconds asked_every{500};
  constexpr int looks_max = 60;
  for (int looks = 0; answer.status == 202 && looks < looks_max; ++looks) {
    if (looks == 0) with.err << "the node that has the saga has not answered yet, waiting for it ...\n";
    with.pause(asked_every);
    answer = ask(with, "/v1/sagas/" + percent_encoded(saga) + "/commands?id=" + percent_encoded(id), "id");
  }
  return answer;
}

exit_code run(session& with, const command_kind& kind, command_options options) {
  if (options.saga.empty() && !options.all) {
    with.err << "sagactl: " << kind.name << " needs a saga's id, or --all with options that say which\n";
    return exit_code::usage;
  }
  auto body = read_body(with, options.body);
  if (!body) return exit_code::usage;
  options.body = std::move(*body);
  if (options.all) return run_for_all(with, kind, options);
  const auto id = options.id.empty() ? with.fresh_name() : options.id;
  const auto meant = find_saga(with, options.saga);
  if (!meant.id) return meant.why_not;
  options.saga = *meant.id;
  constexpr int tries_max = 5;
  for (int tries = 1;; ++tries) {
    auto seq = options.if_seq;
    if (seq == 0 && !options.any_seq) {
      const auto saga = ask(with, "/v1/sagas/" + percent_encoded(options.saga), "id");
      if (!saga.good()) return report(with, saga);
      seq = saga.view().integer("seq");
    }
    http_request what;
    what.method = "POST";
    what.target = target_of(kind, options.saga);
    what.body = R"({"id":)" + json_text(id) + members_of(options, seq) + "}";
    const auto answer = await_owner(with, options.saga, id, ask(with, what, "id"));
    const auto same = options.id.empty() ? typed_with(with, "--id", id) : "`" + with.typed + "`";
    if (answer.status == 202) {
      with.err << "sagactl: the command is kept, and the node that has the saga has not carried it out yet\n"
                  "  next: type "
               << same << " for what becomes of it; `sagactl nodes` shows who is there\n";
      return exit_code::not_final;
    }
    if (answer.good()) return tell(with, kind, answer);
    const bool went_on = answer.problem() == "changed-meanwhile" && options.if_seq == 0 && kind.any_state;
    if (went_on && tries < tries_max) continue;
    const bool open = answer.status == 0 || answer.foreign || answer.status >= 500 || answer.status == 429;
    const auto again = "Whether it took effect is unknown: type " + same + ". However often, it takes effect once.";
    return report(with, answer, open ? again : std::string());
  }
}

// In place of one saga all those that options describe. `step` is the command's own. What is only counted needs no
// reason.
void add_bulk(CLI::App& command, command_options& options, CLI::Option& saga, CLI::Option* step, CLI::Option& reason) {
  auto* all = command.add_flag("--all", options.all, "All sagas that the options below find, instead of one");
  all->excludes(&saga);
  if (step == nullptr) command.add_option("--step", options.step, "Only those in trouble at this step")->needs(all);
  const auto known = command.get_options();
  add_states(command, options.filter, "--state");
  add_filter(command, options.filter);
  command.add_flag("--dry-run", options.dry_run, "Only says how many there are, and which are the first")
      ->each([&reason](const std::string&) { reason.required(false); });
  for (auto* added : command.get_options()) {
    if (std::find(known.begin(), known.end(), added) == known.end()) added->needs(all);
  }
}

void add_command(CLI::App& app, chosen_command& chosen, const command_kind& kind) {
  auto options = std::make_shared<command_options>();
  auto* command = app.add_subcommand(kind.name, kind.what);
  command->footer(kind.footer);
  auto* saga = add_saga(*command, options->saga)->required(!kind.bulk);
  CLI::Option* step = nullptr;
  if (kind.step != step_use::none) {
    step = command->add_option("-s,--step", options->step, "The step that is meant");
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
  if (kind.force != nullptr) command->add_flag("--force", options->force, kind.force);
  auto* reason = command->add_option("-r,--reason", options->reason, "Why; kept in the journal for ever");
  if (kind.reason_required) reason->required();
  auto* seq =
      command->add_option("--if-seq", options->if_seq, "Only if this is the saga's newest record, as `get` shows")
          ->check(CLI::PositiveNumber);
  auto* any_seq =
      command->add_flag("--any-seq", options->any_seq, "Whatever the newest record is; without: as it is right now")
          ->excludes(seq);
  command->add_option("--id", options->id, "The command's own name: the same again takes effect once");
  if (kind.bulk) {
    add_bulk(*command, *options, *saga, step, *reason);
    command->get_option("--all")->excludes(seq)->excludes(any_seq);
  }
  command->callback(
      [&chosen, &kind, options] { chosen = [&kind, options](session& with) { return run(with, kind, *options); }; });
}

}  // namespace

void add_operating(CLI::App& app, chosen_command& chosen) {
  for (const auto& kind : kinds) add_command(app, chosen, kind);
}

}  // namespace sagad::sagactl
