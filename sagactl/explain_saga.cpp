#include <algorithm>
#include <map>
#include <ostream>
#include <vector>

#include "sagactl/screen.hpp"
#include "sagactl/show.hpp"
#include "sagactl/times.hpp"
#include "sagactl/words.hpp"

namespace sagad::sagactl {
namespace {

constexpr std::size_t line_width_max = 100;  // of a terminal: longer ones are hard to read

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t at = 0; at < names.size(); ++at) {
    out += at == 0 ? "" : at + 1 == names.size() ? " and " : ", ";
    out += names[at];
  }
  return out;
}

std::string time_in_words(json_view of, std::string_view name, std::int64_t now) {
  return relative_text(of.text(name), now) + " (" + of.text(name) + ")";
}

// What the records tell of one operation.
struct history {
  std::string blocked_at;               // the newest time; empty: never
  std::map<std::string, int> ended_by;  // tries, by their cause
};

history history_of(json_view records, const std::string& step, const std::string& operation) {
  history out;
  for (std::size_t at = 0; at < records.size(); ++at) {
    const auto events = records.at(at)["events"];
    for (std::size_t of = 0; of < events.size(); ++of) {
      const auto event = events.at(of);
      if (event.text("step") != step || event.text("operation") != operation) continue;
      const auto what = event.text("event");
      if (what == "blocked") out.blocked_at = records.at(at).text("time");
      if (what == "failed" || what == "withheld" || what == "renewed") ++out.ended_by[event.text("cause")];
    }
  }
  return out;
}

class explanation {
 public:
  explanation(json_view saga, json_view records, std::int64_t now) : saga_(saga), records_(records), now_(now) {}

  std::string text() {
    begin();
    if (saga_.has("stuck_by")) {
      say("It is stuck by a fault inside: its records cannot be followed by this server, and its log says more. It "
          "takes no command; the program that wrote them can go on with it.");
    } else if (saga_.has("outcome")) {
      tell_end();
    } else {
      tell_direction();
      if (saga_.text("state") == "paused") tell_pause();
      tell_operations();
      tell_deadline();
    }
    return text_;
  }

 private:
  // What somebody else wrote may have its own full stop.
  static std::string stopped(std::string sentence) {
    const bool has_end = !sentence.empty() && std::string_view(".!?").find(sentence.back()) != std::string_view::npos;
    return has_end ? sentence : sentence + ".";
  }

  void say(const std::string& sentence) { text_ += (text_.empty() ? "" : " ") + sentence; }

  void begin() {
    auto out = "Saga " + saga_.text("id");
    if (!saga_.text("definition").empty()) out += " of the definition " + saga_.text("definition");
    if (saga_.has("key")) out += ", with the key " + saga_.text("key") + ",";
    out += " was started " + relative_text(saga_.text("started"), now_);
    if (saga_.has("started_by")) out += " by " + saga_.text("started_by");
    say(out + ".");
  }

  std::vector<std::string> steps_that_are(const std::string& state) const {
    std::vector<std::string> out;
    const auto steps = saga_["steps"];
    for (std::size_t at = 0; at < steps.size(); ++at) {
      if (steps.at(at).text("state") == state) out.push_back(steps.at(at).text("step"));
    }
    return out;
  }

  // `escrow and transfer are done.`; nothing where none is.
  void tell_steps(const std::string& state, const std::string& words) {
    const auto names = steps_that_are(state);
    if (!names.empty()) say(listed(names) + (names.size() == 1 ? " is " : " are ") + words + ".");
  }

  void tell_turn() {
    if (!saga_.has("turned_back")) return;
    const auto how = turned_back_in_words(saga_["turned_back"]);
    say(stopped((how.starts_with("turned back") ? "It was " : "It turned back: ") + how));
  }

  void tell_end() {
    const auto outcome = saga_.text("outcome");
    const auto began = parse_timestamp(saga_.text("started"));
    const auto ended = parse_timestamp(saga_.text("changed"));
    const auto took = began && ended ? " after " + duration_text(milliseconds(*ended - *began)) : std::string();
    tell_turn();
    say("It ended " + outcome + took + ", " + relative_text(saga_.text("changed"), now_) +
        ", and nothing more happens to it.");
    tell_steps("undone", "undone");
    if (saga_.has("output")) say("Its output is " + saga_["output"].dump() + ".");
    if (saga_.has("output_error")) say(stopped("It has no output: " + saga_.text("output_error")));
    if (outcome == "resolved") tell_command("It was closed");
    const auto effects = saga_["remaining_effects"];
    std::vector<std::string> stay;
    for (std::size_t at = 0; at < effects.size(); ++at) {
      stay.push_back(effects.at(at).text("step") + (effects.at(at).text("certain") == "yes" ? "" : " (in doubt)"));
    }
    if (!stay.empty()) say("Effects that stay: " + listed(stay) + ".");
  }

  void tell_command(const std::string& what) {
    const auto command = saga_["last_command"];
    if (!command.exists()) return;
    auto out = what;
    if (command.has("actor")) out += " by " + command.text("actor");
    out += " " + relative_text(command.text("at"), now_);
    if (command.has("reason")) out += ", because: " + command.text("reason");
    say(stopped(out));
  }

  void tell_direction() {
    if (saga_.text("direction") == "backward") {
      tell_turn();
      tell_steps("undone", "undone");
      tell_steps("in_doubt",
                 "in doubt: no answer told whether it took effect, nobody is asked any more, and nothing undoes it; "
                 "look at the participant");
      return;
    }
    tell_steps("done", "done");
    tell_steps("passed_over", "passed over by the definition's `when`");
    if (!saga_.flag("past_return")) return;
    say(step_not_reached(saga_).empty()
            ? "The point of no return is passed: it can only go forward."
            : "The point of no return is passed: no command and no deadline turns it back any more.");
  }

  void tell_pause() {
    if (saga_["last_command"].text("command") == "pause") {
      tell_command("It was paused");
    } else {
      say("It is paused.");
    }
    say("Nothing is called and no time counts until somebody says resume.");
  }

  void tell_operations() {
    const auto steps = saga_["steps"];
    for (std::size_t at = 0; at < steps.size(); ++at) {
      const auto step = steps.at(at);
      for (const char* operation : {"action", "compensation"}) {
        if (step.has(operation)) tell_operation(step, operation);
      }
    }
  }

  void tell_operation(json_view step, const std::string& operation) {
    const auto open = step[operation];
    const auto name = (operation == "compensation" ? "the undo of " : "") + step.text("step");
    const auto state = open.text("state");
    const auto past = history_of(records_, step.text("step"), operation);
    if (open.has("held")) {
      tell_held(step, open, name);
    } else if (state == "blocked") {
      say("It is stuck at " + name + since(past.blocked_at) + ": " + cause_in_words(open.text("blocked_by")) + ".");
    } else if (state == "accepted") {
      say("It waits for the late answer of " + name + ": " + step.text("participant") + " accepted it" +
          (open.has("awaited_until")
               ? ", and has time until " + open.text("awaited_until") + " (" +
                     relative_text(open.text("awaited_until"), now_) + "); after that its outcome counts as unknown"
               : std::string()) +
          ".");
    } else if (open.flag("in_flight")) {
      say("It waits for the answer of " + name + ": " + step.text("participant") + " is being asked right now.");
    } else if (saga_.text("state") == "paused") {
      say(name + " is open.");
    } else {
      say("It waits for " + name + ".");
    }
    tell_tries(step, open, past);
    tell_next(open);
    tell_patience(step, open);
  }

  // What holds it back says what was heard last; the saga's own last error may be older.
  void tell_held(json_view step, json_view open, const std::string& name) {
    say(stopped("It waits for " + name + ", which is held back" + since(open.text("held_since")) + ": " +
                open.text("held")));
    held_ = true;
    if (!open.has("held_until")) return;
    const auto at = parse_timestamp(open.text("held_until"));
    say(step.text("participant") + " is asked again " +
        (at && *at <= now_ ? "now" : time_in_words(open, "held_until", now_) + " at the earliest") +
        ": one call, which tells whether it is well.");
  }

  // ` for 3m 5s (since 2026-01-31T12:00:00.123Z)`
  std::string since(const std::string& moment) const {
    const auto at = parse_timestamp(moment);
    if (!at) return {};
    return " for " + duration_text(milliseconds(std::max<std::int64_t>(0, now_ - *at))) + " (since " + moment + ")";
  }

  void tell_tries(json_view step, json_view open, const history& past) {
    if (past.ended_by.empty()) return;
    int count = 0;
    std::vector<std::string> ends;
    for (const auto& [cause, times] : past.ended_by) {
      count += times;
      ends.push_back(std::to_string(times) + " x " + cause_in_words(cause));
    }
    say("It was tried " + (count == 1 ? std::string("once") : std::to_string(count) + " times") + " (" + listed(ends) +
        ").");
    if (open.has("last_error") && open["last_error"].has("detail")) {
      say("The last thing heard of " + step.text("participant") + ": " + error_in_words(open["last_error"]) + ".");
    }
  }

  void tell_next(json_view open) {
    // What is held back goes when that ends, whatever was planned before.
    if (saga_.text("state") == "paused" || open.has("held")) return;
    if (open.has("next_at")) {
      const auto at = parse_timestamp(open.text("next_at"));
      say(at && *at <= now_ ? std::string("It is due to be asked again now.")
                            : "It is asked again by itself " + time_in_words(open, "next_at", now_) + ".");
    } else if (open.text("state") == "blocked") {
      say("It is not asked again by itself: a person decides.");
    }
  }

  void tell_patience(json_view step, json_view open) {
    const auto when = giving_up_in_words(open, now_, true);
    if (when.empty()) return;
    if (open.text("gives_up_by") != "turning_back") {
      say("It is given up " + when + ": then it is stuck there, for a person to look at.");
    } else if (step.text("step") == step_not_reached(saga_)) {
      say(step.text("participant") + " was never reached: if that stays so, the saga turns back by itself " + when +
          ".");
    } else {
      say("It is given up " + when + ": then the saga turns back.");
    }
  }

  bool turns_back_at_deadline() const {
    return saga_.has("deadline") && saga_.text("direction") != "backward" && !saga_.flag("past_return");
  }

  void tell_deadline() {
    if (!turns_back_at_deadline()) return;
    say("At its deadline, " + time_in_words(saga_, "deadline", now_) + ", it turns back" +
        (held_ ? " if it is still held back then." : "."));
  }

  json_view saga_;
  json_view records_;
  std::int64_t now_;
  std::string text_;
  bool held_ = false;
};

}  // namespace

void explain_saga(std::ostream& out, json_view saga, json_view records, std::int64_t now) {
  const auto text = explanation(saga, records, now).text();
  const auto columns = screen_of(out).columns;
  if (columns == 0) {
    out << text << '\n';
  } else {
    for (const auto& line : lines_of(text, std::min(columns, line_width_max))) out << line << '\n';
  }
  out << "\nWhat can be done:";
  show_fitting_commands(out, saga);
}

}  // namespace sagad::sagactl
