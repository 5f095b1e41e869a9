#include "sagactl/show_play.hpp"

#include <algorithm>
#include <ostream>

#include "definition/quantity.hpp"
#include "sagactl/json_view.hpp"
#include "sagactl/line_diff.hpp"
#include "sagactl/times.hpp"
#include "sagactl/words.hpp"

namespace sagad::sagactl {
namespace {

using engine::cause;
using engine::side;
using engine::verdict;
using rehearsal::failure;
using rehearsal::failure_point;
using rehearsal::name_of;
using rehearsal::play;
using point_ending = rehearsal::failure_point::ending;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string result_in_words(const rehearsal::call& call) {
  std::string out;
  switch (call.ended) {
    case verdict::done: out = call.operation.side == side::action ? "done" : "undone"; break;
    case verdict::rejected:
    case verdict::rejected_bare: out = "rejected"; break;
    case verdict::accepted: out = "accepted, no late answer"; break;
    case verdict::not_sent: out = "not reached"; break;
    case verdict::busy: out = "busy"; break;
    default: out = call.why == cause::timed_out ? "no answer" : cause_in_words(engine::name(call.why)); break;
  }
  const bool plain = call.status == 200 || call.status == 0 || call.status == 202;
  if (!plain) out += " (" + std::to_string(call.status) + ")";
  if (call.tries > 1) out += " x" + std::to_string(call.tries);
  return out;
}

std::string stuck_advice(const definition::definition& definition, const rehearsal::standstill& still) {
  if (still.why == cause::rendering) return "its request cannot be made: " + still.detail;
  const auto& step = definition.steps[still.operation.step];
  const auto again = engine::declared(definition, still.operation).retry.stuck_retry_ms;
  std::string out;
  if (still.operation.side == side::compensation) {
    out = "what ran before it is undone after it";
  } else if (step.kind == definition::step_kind::pivot) {
    out = "neither way is safe before its answer is known";
  } else {
    out = "past the point of no return there is only forward";
  }
  return out +
         (again == 0 ? "; waits for sagactl retry or skip" : "; asked again every " + definition::duration_text(again));
}

std::string turned_back_in_words(const definition::definition& definition, const rehearsal::turn& turn) {
  const auto by = turn.step ? definition.steps[*turn.step].name + ": " : std::string();
  return by + cause_in_words(engine::name(turn.why)) + (turn.detail.empty() ? "" : ": " + printable(turn.detail));
}

void print_details(std::ostream& out, const definition::definition& definition, const play& played) {
  for (const auto step : played.passed_over) out << "    - " << definition.steps[step].name << " is passed over\n";
  if (played.turned_back && played.turned_back->why == cause::rendering) {
    out << "    turned back by " << turned_back_in_words(definition, *played.turned_back) << '\n';
  }
  for (const auto& still : played.stuck) {
    out << "    ! " << name_of(definition, still.operation) << ": " << stuck_advice(definition, still) << '\n';
  }
  if (!played.output.empty()) out << "    = " << printable(played.output) << '\n';
  if (!played.output_error.empty()) out << "    no output: " << printable(played.output_error) << '\n';
}

const char* mark_of(point_ending how) {
  switch (how) {
    case point_ending::good: return "✓ ";
    case point_ending::stuck: return "! ";
    case point_ending::broken: return "✗ ";
    case point_ending::not_met: return "- ";
  }
  return "";
}

const char* failure_in_words(failure what) {
  switch (what) {
    case failure::none: return "nothing fails";
    case failure::rejected: return "is rejected";
    case failure::in_doubt: return "gets no answer";
    case failure::unreachable: return "is never reached";
    case failure::no_late_answer: return "gets no late answer";
  }
  return "";
}

// An operation a line, with all its failures that end so.
void show_points_that_end(std::ostream& out, const definition::definition& definition,
                          const std::vector<failure_point>& points, point_ending how) {
  std::string line_of;
  for (const auto& point : points) {
    if (point.how != how || point.what == failure::none) continue;
    const auto name = name_of(definition, point.operation);
    if (name == line_of) {
      out << ", " << failure_in_words(point.what);
      continue;
    }
    out << (line_of.empty() ? "" : "\n") << "  " << mark_of(how) << name << ' ' << failure_in_words(point.what);
    line_of = name;
  }
  if (!line_of.empty()) out << '\n';
}

void show_summary(std::ostream& out, const definition::definition& definition,
                  const std::vector<failure_point>& points) {
  const auto count = [&](point_ending how) {
    return static_cast<std::size_t>(
        std::count_if(points.begin() + 1, points.end(), [&](const auto& point) { return point.how == how; }));
  };
  const auto not_met = count(point_ending::not_met);
  const auto stuck = count(point_ending::stuck);
  const auto broken = count(point_ending::broken);
  out << '\n' << counted(points.size() - 1, "point", "points") << " of failure: ";
  if (stuck == 0 && broken == 0 && not_met == 0) {
    out << "all end completed or compensated\n";
    return;
  }
  out << count(point_ending::good) << " end completed or compensated";
  if (stuck != 0) out << ", " << stuck << " could get stuck";
  if (broken != 0) out << ", " << broken << " break";
  if (not_met != 0) out << ", " << not_met << " are not met with this input";
  out << ":\n";
  for (const auto how : {point_ending::broken, point_ending::stuck, point_ending::not_met}) {
    show_points_that_end(out, definition, points, how);
  }
}

// What goes with a call, each header on a line of its own.
std::vector<std::string> lines_below(const rehearsal::call& call) {
  std::vector<std::string> out;
  for (const auto& header : call.headers) out.push_back(printable(header.name + ": " + header.value));
  if (!call.body.empty()) out.push_back(printable(call.body));
  return out;
}

}  // namespace

void call_printer::print(const play& played) {
  std::size_t name_width = 0;
  std::size_t request_width = 0;
  for (const auto& call : played.calls) {
    name_width = std::max(name_width, name_of(definition_, call.operation).size());
    request_width = std::max(request_width, call.method.size() + 1 + call.target.size());
  }
  for (const auto& call : played.calls) {
    const auto name = name_of(definition_, call.operation);
    out_ << (call.operation.side == side::action ? "    → " : "    ← ") << padded(name, name_width) << "  "
         << padded(call.method + " " + printable(call.target), request_width) << "  " << result_in_words(call) << '\n';
    auto below = lines_below(call);
    auto& shown = shown_[name];
    if (shown == below) continue;
    shown = std::move(below);
    for (const auto& line : shown) out_ << "      " << std::string(name_width, ' ') << "  " << line << '\n';
  }
}

std::string point_in_words(const definition::definition& definition, const failure_point& point) {
  if (point.what == failure::none) return "nothing fails";
  const auto name = name_of(definition, point.operation);
  const auto out = name + " " + failure_in_words(point.what);
  if (point.operation.side == side::action) return out;
  const auto& by = definition.steps[point.because_of].name;
  return out + ", after " + by + (point.by_itself ? " got no answer" : " was rejected");
}

std::string ending_in_words(const definition::definition& definition, const play& played) {
  std::string out(played.state);
  if (played.state == "running") return "it goes on and is asked for ever: its budget has no end";
  if (!played.stuck.empty()) {
    std::string names;
    for (const auto& still : played.stuck) names += (names.empty() ? "" : ", ") + name_of(definition, still.operation);
    out += " at " + names;
  }
  if (played.took_ms != 0) out += " after " + duration_text(milliseconds(played.took_ms));
  if (played.state == "compensated" && played.undone.empty()) out += ", nothing was to be undone";
  return out;
}

void show_points(std::ostream& out, const definition::definition& definition, const rehearsal::script& sample,
                 bool input_made_up, const std::vector<failure_point>& points) {
  out << definition.name << ", " << counted(definition.steps.size(), "step", "steps") << ", played with "
      << (input_made_up ? "an input made up from its schema (--input gives another one):" : "this input:") << "\n  "
      << printable(sample.input) << '\n';
  if (const auto labels = definition::make_labels(definition.labels, sample.input, {}); !labels.json.empty()) {
    out << "its labels:\n  " << printable(labels.json) << '\n';
  }
  call_printer printer(out, definition);
  for (const auto& point : points) {
    if (point.how == point_ending::not_met) continue;
    out << '\n'
        << mark_of(point.how) << point_in_words(definition, point) << ": " << ending_in_words(definition, point.played)
        << '\n';
    printer.print(point.played);
    print_details(out, definition, point.played);
    if (point.what == failure::none && point.how == point_ending::broken) {
      out << "\nNo more is played: with this input and these responses nothing fails, and it does not complete.\n"
             "  next: correct the definition; or give an input (--input), or the responses that it needs (--case).\n";
      return;
    }
  }
  show_summary(out, definition, points);
}

void show_misses(std::ostream& out, const std::string& file, const judged_case& judged) {
  for (const auto& one : judged.missed) {
    out << "    " << file << ':' << one.at.line << ':' << one.at.column << ": " << one.what
        << (one.is_json ? " (- expected, + got)" : "") << '\n';
    if (!one.is_json) {
      out << "      expected  " << printable(one.expected) << "\n      got       " << printable(one.got) << '\n';
      continue;
    }
    for (const auto& line : line_diff(pretty_json(one.expected), pretty_json(one.got))) {
      out << "      " << printable(line) << '\n';
    }
  }
}

void show_cases(std::ostream& out, const definition::definition& definition, const std::string& file,
                const std::vector<judged_case>& judged) {
  std::size_t held = 0;
  for (const auto& one : judged) {
    const bool good = one.missed.empty();
    held += good ? 1 : 0;
    out << (good ? "✓ " : "✗ ") << printable(one.expected->name) << ": " << ending_in_words(definition, one.played)
        << '\n';
    if (good) continue;
    show_misses(out, file, one);
    out << "    what it did:\n";
    call_printer(out, definition).print(one.played);
    print_details(out, definition, one.played);
  }
  out << '\n' << counted(judged.size(), "case", "cases") << " of " << definition.name << ": ";
  if (held == judged.size()) {
    out << "as expected\n";
  } else {
    out << held << " as expected, " << judged.size() - held << " not\n";
  }
}

}  // namespace sagad::sagactl
