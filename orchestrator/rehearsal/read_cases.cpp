#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/nearest.hpp"
#include "definition/fields.hpp"
#include "definition/header_lines.hpp"
#include "definition/quantity.hpp"
#include "definition/read.hpp"
#include "rehearsal/cases.hpp"

namespace sagad::rehearsal {
namespace {

using definition::fields;
using definition::mistake_list;
using definition::node;
using engine::operation_id;
using engine::side;
using node_type = node::type;
using expects = expectation::kind;

constexpr definition::text_kind case_text{"file of cases", "`cases:`", "all cases of one definition"};
constexpr millis takes_ms_max = 366 * definition::day_ms;

case_place place_of(const node& value) {
  return {value.at.line, value.at.column};
}

std::string json_of(const node& value) {
  std::string out;
  append_json(out, value);
  return out;
}

class reader {
 public:
  reader(const definition::definition& definition, const sample& sample, mistake_list& found)
      : definition_(definition), sample_(sample), found_(found) {}

  std::vector<test_case> read(const node& root) {
    std::vector<test_case> cases;
    const fields in(root, "a file of cases", {"input", "answers", "cases"}, found_);
    if (!in.usable()) return cases;
    script all = sample_.script;
    const node* input = in.find("input");
    if (input != nullptr) read_input(*input, all);
    if (const node* answers = in.find("answers")) read_answers(*answers, all);
    const node* list = in.find("cases");
    if (list == nullptr || list->is != node_type::sequence || list->items.empty()) {
      found_.add(list == nullptr ? root.at : list->at,
                 "`cases` is a list of cases, each beginning with `- case: NAME`");
      return cases;
    }
    for (const auto& item : list->items) read_case(item, all, input != nullptr, cases);
    return cases;
  }

 private:
  void read_case(const node& item, const script& all, bool has_input, std::vector<test_case>& cases) {
    const fields in(item, "a case", {"case", "input", "answers", "expect"}, found_);
    if (!in.usable()) return;
    test_case made{in.text("case").value_or(""), place_of(item), all, {}};
    if (in.find("case") == nullptr) found_.add(item.at, "this case has no name: write `case: NAME`");
    if (!made.name.empty() && !names_.insert(made.name).second) {
      found_.add(in.find("case")->at, "`" + made.name + "` is the name of another case, too: write another one");
    }
    if (const node* input = in.find("input")) {
      read_input(*input, made.script);
    } else if (!has_input && !sample_.misfits.empty()) {
      found_.add(item.at, "this case has no `input`, and none that fits can be made up (" + sample_.misfits.front() +
                              "): write one");
    }
    if (const node* answers = in.find("answers")) read_answers(*answers, made.script);
    if (const node* expect = in.find("expect")) {
      read_expectations(*expect, made);
    } else {
      found_.add(item.at, "this case expects nothing: write `expect: {state: completed}`, for example");
    }
    cases.push_back(std::move(made));
  }

  void read_input(const node& value, script& into) {
    into.input = json_of(value);
    const auto misfits = definition_.schema.check(into.input);
    for (const auto& one : misfits.told) {
      found_.add(find(value, one.pointer).at,
                 "the input does not fit at " + (one.pointer.empty() ? "/" : one.pointer) + ": " + one.detail);
    }
  }

  // The value at a JSON pointer, or the one that should have it.
  static const node& find(const node& value, std::string_view pointer) {
    if (pointer.empty()) return value;
    const auto end = std::min(pointer.find('/', 1), pointer.size());
    std::string name(pointer.substr(1, end - 1));
    for (std::size_t at = 0; (at = name.find('~', at)) != std::string::npos; ++at) {
      name.replace(at, 2, name.substr(at, 2) == "~1" ? "/" : "~");
    }
    const node* inside = value.find(name);
    if (value.is == node_type::sequence) {
      std::size_t index = 0;
      std::from_chars(name.data(), name.data() + name.size(), index);
      if (index < value.items.size()) inside = &value.items[index];
    }
    return inside == nullptr ? value : find(*inside, pointer.substr(end));
  }

  // The operation that a name stands for; told where there is none.
  std::optional<operation_id> operation(const std::string& name, definition::place at, bool with_compensations = true) {
    if (const auto known = find_operation(definition_, name);
        known && (with_compensations || known->side == side::action))
      return known;
    std::vector<std::string> names;
    for (const auto& step : definition_.steps) {
      names.push_back(step.name);
      if (with_compensations && step.compensation) names.push_back("undo " + step.name);
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    found_.add(at, "the definition has no " + std::string(with_compensations ? "step or undo" : "step") + " `" + name +
                       "`" + hint(name, known));
    return std::nullopt;
  }

  void read_answers(const node& value, script& into) {
    if (value.is != node_type::mapping) {
      found_.add(value.at, "`answers` is a mapping, written `STEP: ANSWER` or `undo STEP: ANSWER`");
      return;
    }
    for (const auto& member : value.members) {
      const auto which = operation(member.name, member.at);
      if (!which) continue;
      auto& sequence = into.answers(*which);
      sequence.clear();
      const bool is_list = member.value.is == node_type::sequence;
      if (is_list && member.value.items.empty()) {
        found_.add(member.value.at,
                   "this list of answers is empty: write one answer, or leave `" + member.name + "` out");
      }
      if (!is_list) sequence.push_back(read_answer(member.value, *which));
      for (const auto& item : member.value.items) sequence.push_back(read_answer(item, *which));
    }
  }

  answer read_answer(const node& value, operation_id which) {
    constexpr std::array<std::string_view, 5> words{"done", "rejected", "unknown", "unreachable", "busy"};
    answer made;
    if (value.is != node_type::string) return read_whole_answer(value, which);
    const auto word = std::find(words.begin(), words.end(), value.text);
    if (word == words.end()) {
      found_.add(value.at, "`" + value.text +
                               "` is no answer, nor a mapping as in {status: 409, body: {detail: sold out}}" +
                               hint(value.text, words));
    }
    if (value.text == "rejected") made.status = 409;
    if (value.text == "busy") made.status = 429;
    if (value.text == "unknown") made.what = answer::kind::silent;
    if (value.text == "unreachable") made.what = answer::kind::unreachable;
    return made;
  }

  answer read_whole_answer(const node& value, operation_id which) {
    answer made;
    const fields in(value, "an answer", {"status", "body", "takes", "retry_after", "late", "after"}, found_,
                    "{status: 409}");
    if (!in.usable()) return made;
    if (const node* status = in.find("status")) made.status = read_status(*status);
    if (const node* body = in.find("body")) made.body = json_of(*body);
    made.takes_ms = in.duration("takes", 0, takes_ms_max).value_or(0);
    made.retry_after_ms = in.duration("retry_after", 0, takes_ms_max);
    const node* late = in.find("late");
    if (late == nullptr) {
      if (const node* after = in.find("after")) {
        found_.add(after->at,
                   "`after` says when a late answer comes: write `late` beside it, or `takes` for one that is "
                   "only slow");
      }
      return made;
    }
    if (engine::declared(definition_, which).late == definition::late_answer::none) {
      found_.add(late->at, "`" + name_of(definition_, which) +
                               "` does not declare that its answer may come late: write `answer: {within: 1h, by: "
                               "callback}` in the definition, or leave `late` out");
    }
    auto& later = made.late.emplace();
    constexpr std::array outcomes{engine::outcome::done, engine::outcome::rejected, engine::outcome::failed,
                                  engine::outcome::absent};
    if (const auto chosen = in.choice("late", {"done", "rejected", "failed", "never"}))
      later.outcome = outcomes[*chosen];
    later.after_ms = in.duration("after", 0, takes_ms_max).value_or(0);
    later.body = std::move(made.body);
    made.body.clear();
    return made;
  }

  int read_status(const node& value) {
    int status = 0;
    const auto read = std::from_chars(value.text.data(), value.text.data() + value.text.size(), status);
    if (value.is == node_type::number && read.ptr == value.text.data() + value.text.size() && status >= 200 &&
        status <= 599)
      return status;
    found_.add(value.at, "`status` is " + shown(value) + ", where a status of HTTP from 200 to 599 is expected");
    return 200;
  }

  void read_expectations(const node& value, test_case& into) {
    const fields in(value, "`expect`",
                    {"state", "calls", "undone", "stuck", "passed_over", "turned_back", "output", "requests", "within"},
                    found_, "{state: completed}");
    if (!in.usable()) return;
    if (value.members.empty()) found_.add(value.at, "`expect` is empty: write `state: completed`, for example");
    constexpr std::array<std::string_view, 4> states{"completed", "compensated", "stuck", "running"};
    if (const auto state = in.choice("state", {states[0], states[1], states[2], states[3]})) {
      add(into, expects::state, *in.find("state")).text = states[*state];
    }
    read_names(in, "calls", expects::calls, into);
    read_names(in, "undone", expects::undone, into);
    read_names(in, "stuck", expects::stuck, into);
    read_names(in, "passed_over", expects::passed_over, into);
    if (const auto by = in.text("turned_back")) {
      const node& at = *in.find("turned_back");
      if (*by == "deadline" || *by == "nothing" || operation(*by, at.at, false))
        add(into, expects::turned_back, at).text = *by;
    }
    if (const node* output = in.find("output")) add(into, expects::output, *output).text = json_of(*output);
    if (const auto within = in.duration("within", 0, takes_ms_max)) {
      add(into, expects::within, *in.find("within")).at_most_ms = *within;
    }
    if (const node* requests = in.find("requests")) read_requests(*requests, into);
  }

  static expectation& add(test_case& into, expects what, const node& at) {
    auto& made = into.expected.emplace_back();
    made.what = what;
    made.at = place_of(at);
    return made;
  }

  void read_names(const fields& in, std::string_view key, expects what, test_case& into) {
    const node* value = in.find(key);
    if (value == nullptr) return;
    if (value->is != node_type::sequence) {
      found_.add(value->at, "`" + std::string(key) + "` is a list, as in [escrow, transfer], and here stands " +
                                std::string(describe(*value)));
      return;
    }
    const bool steps_only = what == expects::undone || what == expects::passed_over;
    auto& made = add(into, what, *value);
    for (const auto& item : value->items) {
      std::string name = item.text;
      if (item.is != node_type::string) name = shown(item);
      const auto which = operation(what == expects::calls ? without_count(name) : name, item.at, !steps_only);
      if (!which) continue;
      made.names.push_back(name);
      if (auto why = why_never(what, definition_.steps[which->step])) found_.add(item.at, std::move(*why));
    }
  }

  // Why what is expected of a step can happen in no play at all.
  static std::optional<std::string> why_never(expects what, const definition::step& step) {
    if (what == expects::undone && !step.compensation) {
      const auto* who = step.kind == definition::step_kind::pivot       ? "is the pivot and has no compensation"
                        : step.kind == definition::step_kind::retriable ? "is retriable and has no compensation"
                                                                        : "declares `compensation: none`";
      return "`" + step.name + "` " + who + ", so it is never undone: leave it out";
    }
    if (what == expects::passed_over && step.when.always()) {
      return "`" + step.name + "` has no `when`, so it is never passed over: leave it out";
    }
    return std::nullopt;
  }

  // `transfer` of `transfer x3`.
  static std::string without_count(const std::string& name) {
    const auto mark = name.rfind(" x");
    if (mark == std::string::npos || mark + 2 == name.size()) return name;
    const bool counts = name.find_first_not_of("0123456789", mark + 2) == std::string::npos && name[mark + 2] != '0';
    return counts ? name.substr(0, mark) : name;
  }

  void read_requests(const node& value, test_case& into) {
    if (value.is != node_type::mapping) {
      found_.add(value.at, "`requests` is a mapping, as in {escrow: {body: {amount: 300}}}");
      return;
    }
    for (const auto& member : value.members) {
      const auto which = operation(member.name, member.at);
      const fields in(member.value, "a request", {"path", "headers", "body"}, found_);
      if (!which || !in.usable()) continue;
      if (const auto path = in.text("path")) {
        auto& made = add(into, expects::path, *in.find("path"));
        made.operation = *which;
        made.text = *path;
      }
      if (const node* headers = in.find("headers")) read_headers(*headers, *which, into);
      if (const node* body = in.find("body")) {
        auto& made = add(into, expects::body, *body);
        made.operation = *which;
        made.text = json_of(*body);
      }
    }
  }

  void read_headers(const node& value, operation_id which, test_case& into) {
    if (value.is != node_type::mapping) {
      found_.add(value.at, "`headers` is a mapping of names to values, as in {X-Tenant: north}, and here stands " +
                               std::string(describe(value)));
      return;
    }
    auto& made = add(into, expects::headers, value);
    made.operation = which;
    std::set<std::string> written;
    for (const auto& member : value.members) {
      const bool is_value = member.value.is == node_type::string || member.value.is == node_type::number ||
                            member.value.is == node_type::boolean;
      if (const auto why = definition::check_header_name(member.name)) {
        found_.add(member.at, "the header `" + member.name + "` " + *why);
      } else if (!written.insert(definition::lower_case(member.name)).second) {
        found_.add(member.at, "the header `" + member.name + "` is expected twice: upper and lower case are the same");
      } else if (!is_value) {
        found_.add(member.value.at, "the header `" + member.name + "` is " + shown(member.value) +
                                        ", where text, a number, true or false is expected");
      }
      made.headers.push_back({member.name, member.value.text});
    }
  }

  const definition::definition& definition_;
  const sample& sample_;
  mistake_list& found_;
  std::set<std::string> names_;
};

}  // namespace

read_result read_cases(std::string_view text, const definition::definition& definition, const sample& sample) {
  mistake_list found;
  std::vector<test_case> cases;
  if (const auto root = definition::read_text(text, found, case_text)) {
    cases = reader(definition, sample, found).read(*root);
  }
  if (!found.empty()) return in_characters(found.take(), text);
  return cases;
}

}  // namespace sagad::rehearsal
