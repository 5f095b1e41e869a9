#include "sagactl/saga_filter.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "base/percent.hpp"
#include "engine/engine.hpp"
#include "sagactl/known_names.hpp"
#include "sagactl/reply.hpp"
#include "sagactl/times.hpp"

namespace sagad::sagactl {
namespace {

// `2h` is a time ago; everything else goes as it is.
std::string moment(const session& with, const std::string& given) {
  const auto back = parse_duration(given);
  return back ? timestamp_text(with.now() - back->count()) : given;
}

std::string is_moment(const std::string& text) {
  if (parse_duration(text) || parse_timestamp(text)) return {};
  return "'" + text +
         "' is no time: write 2h or 7d, back from now, or 2026-05-04, a day in UTC, or 2026-05-04T10:20:30Z, by RFC "
         "3339";
}

std::string is_one_of(const std::string& text, const std::vector<std::string>& all, const std::string& what) {
  if (std::find(all.begin(), all.end(), text) != all.end()) return {};
  return "'" + text + "' is no " + what + hint_of(text, all);
}

// Steps and labels that no definition's newest version has, and which one was meant.
void tell_unknown_names(session& with, const saga_filter& filter, const std::vector<std::string>& definitions) {
  constexpr std::size_t asked_max = 20;
  if ((filter.step.empty() && filter.labels.empty()) || definitions.size() > asked_max) return;
  std::vector<std::string> steps;
  std::vector<std::string> labels;
  for (const auto& name : definitions) {
    const auto answer = ask(with, "/v1/definitions/" + percent_encoded(name), "definition");
    if (!answer.good()) return;
    const auto view = answer.view();
    const auto definition = view["definition"];
    const auto listed = definition["steps"];
    for (std::size_t at = 0; at < listed.size(); ++at) steps.push_back(listed.at(at).text("step"));
    definition["labels"].members([&](const std::string& label, json_view) { labels.push_back(label); });
  }
  const auto tell = [&](const std::string& what, const std::string& name, const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    with.err << "sagactl: "
             << (definitions.size() == 1 ? "`" + printable(definitions.front()) + "` has no "
                                         : "no definition has the ")
             << what << " `" << printable(name) << '`' << hint_of(name, known) << '\n';
  };
  if (!filter.step.empty()) tell("step", filter.step, steps);
  for (const auto& label : filter.labels) {
    const auto name = label.substr(0, label.find('='));
    // Starts bring labels of their own along: only what is nearly a declared one is a mistake, perhaps.
    if (!meant_of(name, labels).empty()) tell("label", name, labels);
  }
}

std::string are_states(const std::string& text) {
  auto known = state_names();
  known.emplace_back("unfinished");
  for (std::size_t from = 0; from <= text.size();) {
    const auto comma = std::min(text.find(',', from), text.size());
    auto wrong = is_one_of(text.substr(from, comma - from), known, "state");
    if (!wrong.empty()) return wrong;
    from = comma + 1;
  }
  return {};
}

}  // namespace

void add_filter(CLI::App& command, saga_filter& filter) {
  command.add_option("-d,--definition", filter.definition, "Only those of this definition, or of name@version");
  command.add_option("--since", filter.since, "Started then or later: 2h (back from now), 2026-05-04 (UTC)")
      ->check(is_moment);
  command.add_option("--until", filter.until, "Started before then")->check(is_moment);
  command
      .add_option("--error", filter.error,
                  "In trouble, or turned back, because of this; `sagactl list --help` names what there is")
      ->check([](const std::string& text) { return is_one_of(text, error_names(), "error"); });
  command.add_option("--key", filter.key, "The one that was started with this key");
  command.add_option("--starter", filter.starter, "Only what this token started");
  command.add_option("--text", filter.text, "Only those that show this text");
  command.add_option("--label", filter.labels, "Only those with this label, as NAME=VALUE; may be repeated")
      ->check([](const std::string& label) {
        const auto mark = label.find('=');
        const bool good = mark != std::string::npos && mark != 0;
        return good ? std::string() : "'" + label + "' is no label: write --label region=eu";
      });
}

void add_states(CLI::App& command, saga_filter& filter, const std::string& option) {
  command.add_option(option, filter.state, "Only these: stuck, or several: stuck,paused")->check(are_states);
}

std::vector<std::string> state_names() {
  return {"running", "compensating", "stuck", "paused", "completed", "compensated", "resolved"};
}

std::vector<std::string> error_names() {
  std::vector<std::string> names;
  for (std::uint8_t number = 1;; ++number) {
    const auto name = engine::name(static_cast<engine::cause>(number));
    if (name == "?") break;
    names.emplace_back(name);
  }
  names.emplace_back("internal");  // the coordinator's own fault, which is no cause of a saga's
  return names;
}

bool times_in_order(session& with, const saga_filter& filter) {
  const auto since = parse_timestamp(moment(with, filter.since));
  const auto until = parse_timestamp(moment(with, filter.until));
  if (!since || !until || *since < *until) return true;
  with.err << "sagactl: --until " << filter.until << " is not after --since " << filter.since
           << ", and nothing was started in between\n  next: of the hour before the last one, for example, write "
              "--since 2h --until 1h, of one day --since 2026-05-04 --until 2026-05-05\n";
  return false;
}

void fix_times(const session& with, saga_filter& filter) {
  filter.since = moment(with, filter.since);
  filter.until = moment(with, filter.until);
}

std::vector<std::pair<std::string, std::string>> parameters_of(const session& with, const saga_filter& filter) {
  std::vector<std::pair<std::string, std::string>> parameters;
  const auto add = [&parameters](std::string name, std::string value) {
    if (!value.empty()) parameters.emplace_back(std::move(name), std::move(value));
  };
  add("state", filter.state);
  add("id", filter.id);
  add("definition", filter.definition);
  add("since", moment(with, filter.since));
  add("until", moment(with, filter.until));
  add("step", filter.step);
  add("error", filter.error);
  add("key", filter.key);
  add("starter", filter.starter);
  add("text", filter.text);
  for (const auto& label : filter.labels) {
    const auto mark = std::min(label.find('='), label.size());
    parameters.emplace_back("label." + label.substr(0, mark), label.substr(std::min(mark + 1, label.size())));
  }
  return parameters;
}

exit_code end_of_nothing_found(session& with, const saga_filter& filter, exit_code ended) {
  if (filter.definition.empty() && filter.step.empty() && filter.labels.empty()) return ended;
  const auto names = definition_names(with);
  // Who may not see them is told nothing more.
  if (!names) return ended;
  const auto name = filter.definition.substr(0, filter.definition.find('@'));
  if (!name.empty() && std::find(names->begin(), names->end(), name) == names->end()) {
    with.err << "sagactl: there is no definition `" << printable(name) << '`' << hint_of(name, *names) << '\n';
    return exit_code::usage;
  }
  tell_unknown_names(with, filter, name.empty() ? *names : std::vector<std::string>{name});
  return ended;
}

}  // namespace sagad::sagactl
