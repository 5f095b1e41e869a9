#include <ostream>

#include "sagactl/screen.hpp"
#include "sagactl/show.hpp"
#include "sagactl/table.hpp"
#include "sagactl/times.hpp"
#include "sagactl/words.hpp"

namespace sagad::sagactl {
namespace {

constexpr std::size_t label_width = 13;

void fact(std::ostream& out, std::string label, const std::string& value) {
  if (value.empty()) return;
  label.resize(label_width, ' ');
  out << label << value << '\n';
}

std::string labels_in_words(json_view labels) {
  std::string out;
  labels.members([&out](const std::string& name, json_view value) {
    out += (out.empty() ? "" : ", ") + printable(name) + "=" + value.text();
  });
  return out;
}

std::string moment(json_view saga, std::string_view name, std::int64_t now) {
  const auto at = saga.text(name);
  return at.empty() ? std::string() : at + "  (" + relative_text(at, now) + ")";
}

// The step's open operation; a compensation that is under way says more than the action before it.
json_view open_operation(json_view step) {
  return step.has("compensation") ? step["compensation"] : step["action"];
}

std::string attempts_of(json_view step) {
  auto count = step.integer("attempts");
  if (step.has("action")) count = step["action"].integer("attempts");
  auto undo = step.integer("compensation_attempts");
  if (step.has("compensation")) undo = step["compensation"].integer("attempts");
  if (count == 0 && undo == 0) return "";
  return std::to_string(count) + (undo == 0 ? "" : " + " + std::to_string(undo) + " undoing");
}

std::string now_of(json_view step, std::int64_t now) {
  std::string out;
  const auto open = open_operation(step);
  if (open.exists()) out = (step.has("compensation") ? "undoing: " : "") + operation_in_words(open, now);
  if (step.text("state") == "passed_over") out = "not wanted: its `when` said no";
  if (step.flag("contradicted")) out += std::string(out.empty() ? "" : "; ") + "answered twice, and differently";
  return out;
}

void show_steps(std::ostream& out, json_view saga, std::int64_t now) {
  table steps({"STEP", "PARTICIPANT", "STATE", "ATTEMPTS", "NOW"});
  const auto all = saga["steps"];
  for (std::size_t at = 0; at < all.size(); ++at) {
    const auto step = all.at(at);
    steps.add({step.text("step"), step.text("participant"), step.text("state"), attempts_of(step), now_of(step, now)});
  }
  if (steps.empty()) return;
  out << '\n';
  steps.print(out);
}

void show_remaining_effects(std::ostream& out, json_view saga) {
  const auto effects = saga["remaining_effects"];
  if (effects.size() == 0) return;
  out << "\nEffects that stay:\n";
  for (std::size_t at = 0; at < effects.size(); ++at) {
    const auto one = effects.at(at);
    out << "  " << one.text("step") << (one.text("certain") == "yes" ? "" : "  (in doubt: look at the participant)")
        << '\n';
  }
}

std::string definition_in_words(json_view saga) {
  const auto version = saga.integer("version");
  return saga.text("definition") + (version == 0 ? std::string() : ", version " + std::to_string(version));
}

std::string command_in_words(json_view command, std::int64_t now) {
  auto out = command.text("command");
  if (command.has("actor")) out += " by " + command.text("actor");
  out += ", " + relative_text(command.text("at"), now);
  if (command.has("reason")) out += ": " + command.text("reason");
  return out;
}

void suggest_for_blocked(table& fitting, const std::string& id, json_view step) {
  const bool undoing = step.has("compensation");
  const auto open = open_operation(step);
  const auto of = id + " --step " + step.text("step") + (undoing ? " --operation compensation" : "");
  if (open.text("blocked_by") != "rendering") fitting.add({"sagactl retry " + of, "its participant is well again"});
  fitting.add({"sagactl edit " + of + " --reason WHY --body JSON", "another request body"});
  fitting.add({"sagactl skip " + of + " --reason WHY --body JSON", "done by other means: this is its response"});
}

std::string past_return_in_words(json_view saga) {
  const std::string passed = "the point of no return is passed: ";
  if (saga.has("turned_back")) return passed + "it was turned back by force, and some effects may stay";
  const auto step = step_not_reached(saga);
  if (step.empty()) return passed + "it can only go forward";
  return passed + "no command turns it back, but it does so by itself if " + step + " is never reached";
}

}  // namespace

void show_fitting_commands(std::ostream& out, json_view saga) {
  const auto id = saga.text("id");
  const auto state = saga.text("state");
  table fitting({"", ""});
  if (saga.has("stuck_by") || saga.has("outcome")) {
    out << "\n  sagactl records " << id << "  everything that happened to it\n";
    return;
  }
  if (state == "paused") fitting.add({"sagactl resume " + id, "goes on where it was"});
  const auto steps = saga["steps"];
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const auto step = steps.at(at);
    if (open_operation(step).text("state") == "blocked") suggest_for_blocked(fitting, id, step);
  }
  const bool stands_still = state == "stuck" || state == "paused";
  if (!stands_still) fitting.add({"sagactl watch " + id, "follow it until it is final"});
  const bool passed = saga.flag("past_return");
  if (saga.text("direction") == "forward" && (stands_still || !passed)) {
    fitting.add({"sagactl compensate " + id + (passed ? " --force" : "") + " --reason WHY",
                 passed ? "undo what can be undone; the rest stays, and is listed" : "undo it"});
  }
  if (!stands_still) {
    fitting.add({"sagactl pause " + id, "call nothing more for it until `sagactl resume`"});
  } else {
    fitting.add({"sagactl resolve " + id + " --reason WHY", "close it by hand: nothing more is called"});
  }
  fitting.add({"sagactl records " + id, "everything that happened to it"});
  fitting.print(out, 2);
}

std::string saga_in_a_line(json_view saga, std::int64_t now) {
  auto out = saga.text("state");
  const auto steps = saga["steps"];
  if (saga.has("stuck_by")) out += ": " + cause_in_words(saga.text("stuck_by"));
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const auto step = steps.at(at);
    const auto open = open_operation(step);
    if (open.text("state") != "blocked") continue;
    return out + " at " + step.text("step") + ": " + operation_in_words(open, now);
  }
  if (saga.has("turned_back")) out += ", " + turned_back_in_words(saga["turned_back"]);
  return out;
}

std::string next_command(json_view saga) {
  const auto state = saga.text("state");
  const auto* command = state == "stuck" ? "get " : state == "paused" ? "resume " : "watch ";
  return std::string("sagactl ") + command + saga.text("id");
}

void show_saga(std::ostream& out, json_view saga, std::int64_t now) {
  fact(out, "saga", saga.text("id"));
  fact(out, "definition", definition_in_words(saga));
  fact(out, "key", saga.text("key"));
  if (saga.has("labels")) fact(out, "labels", labels_in_words(saga["labels"]));
  fact(out, "started by", saga.text("started_by"));
  const auto state = saga.text("state");
  const auto direction = saga.text("direction") == "backward" ? " (going backward)" : "";
  const bool final = saga.has("outcome");
  fact(out, "state", painted(out, "STATE", state) + (final || state == "compensating" ? "" : direction));
  if (saga.has("stuck_by")) fact(out, "why", cause_in_words(saga.text("stuck_by")));
  if (saga.has("turned_back")) fact(out, "turned back", turned_back_in_words(saga["turned_back"]));
  fact(out, "started", moment(saga, "started", now));
  fact(out, final ? "ended" : "changed", moment(saga, "changed", now));
  // Behind the point of no return, and on the way back, nothing happens at the deadline any more.
  const bool turns_back = !final && !saga.flag("past_return") && saga.text("direction") != "backward";
  if (turns_back) fact(out, "deadline", moment(saga, "deadline", now));
  if (saga.flag("past_return")) fact(out, "return", past_return_in_words(saga));
  if (saga.has("last_command")) fact(out, "last command", command_in_words(saga["last_command"], now));
  fact(out, "record", std::to_string(saga.integer("seq")));
  if (saga.has("output")) fact(out, "output", saga["output"].dump());
  if (saga.has("output_error")) fact(out, "no output", saga.text("output_error"));
  show_steps(out, saga, now);
  show_remaining_effects(out, saga);
  if (state != "stuck" && state != "paused") return;
  out << "\nWhat fits now:";
  show_fitting_commands(out, saga);
}

}  // namespace sagad::sagactl
