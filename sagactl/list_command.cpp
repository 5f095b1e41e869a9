#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "base/percent.hpp"
#include "sagactl/commands.hpp"
#include "sagactl/reply.hpp"
#include "sagactl/saga_filter.hpp"
#include "sagactl/screen.hpp"
#include "sagactl/show.hpp"

namespace sagad::sagactl {
namespace {

struct list_options {
  saga_filter filter;
  std::string cursor;
  int limit = 50;
  bool all = false;
  bool counts = false;
};

constexpr const char* list_footer = R"(Examples:
  sagactl list --state stuck                       what waits for a person
  sagactl list --state unfinished --definition sale
  sagactl list --since 2h --error timed_out        what met that in sagas of the last two hours
  sagactl list --text "card expired" --all         wherever a saga says so
  sagactl list --counts --limit 1                  how many there are, by definition and state

States: running, compensating, stuck, paused (unfinished: these four), completed, compensated, resolved; several with
commas between. Times are when the saga was started: a duration back from now (2h, 7d), a day in UTC (2026-05-04), or a time by
RFC 3339 (2026-05-04T10:20:30Z, 2026-05-04T12:20:30+02:00). What is listed may be a
moment behind; `sagactl get` is exact.

)";

// The errors, on lines as wide as those above.
std::string errors_in_lines() {
  constexpr std::size_t width = 120;
  std::string text = "Errors: ";
  for (const auto& name : error_names()) text += (text.back() == ' ' ? "" : ", ") + name;
  std::string out;
  for (const auto& line : sagactl::lines_of(text + ".", width)) out += (out.empty() ? "" : "\n") + line;
  return out;
}

std::string target_of(const session& with, const list_options& options) {
  std::string target = "/v1/sagas?limit=" + std::to_string(options.limit);
  for (const auto& [name, value] : parameters_of(with, options.filter)) {
    target += '&' + percent_encoded(name) + '=' + percent_encoded(value);
  }
  if (options.counts) target += "&counts=true";
  return target;
}

exit_code list(session& with, const list_options& options) {
  if (!times_in_order(with, options.filter)) return exit_code::usage;
  const auto target = target_of(with, options);
  auto cursor = options.cursor;
  std::set<std::string> cursors{cursor};
  std::vector<reply> pages;
  do {
    pages.push_back(ask_page(with, cursor.empty() ? target : target + "&cursor=" + percent_encoded(cursor), "sagas"));
    const auto next = pages.back().view().text("next");
    if (pages.back().good() && !next.empty() && !cursors.insert(next).second) {
      pages.back().foreign = true;
      pages.back().why_foreign = "its pages do not go on";
    }
    if (!pages.back().good()) return report(with, pages.back());
    cursor = next;
    if (with.json) with.out << pages.back().body << '\n';
  } while (options.all && !cursor.empty());
  std::vector<json_view> views;
  for (const auto& page : pages) views.push_back(page.view());
  const bool found = std::any_of(views.begin(), views.end(), [](json_view page) { return page["sagas"].size() != 0; });
  const auto ends = [&] {
    return found || !options.cursor.empty() ? exit_code::ok : end_of_nothing_found(with, options.filter, exit_code::ok);
  };
  if (with.json) return ends();
  const bool everything = options.cursor.empty() && target.find('&') == std::string::npos;
  show_list(with.out, views, with.now(), everything ? "No sagas yet" : "No such saga");
  return ends();
}

}  // namespace

void add_list(CLI::App& app, chosen_command& chosen) {
  auto options = std::make_shared<list_options>();
  auto* command = app.add_subcommand("list", "List sagas, the newest first");
  command->footer(list_footer + errors_in_lines());
  add_states(*command, options->filter, "-s,--state");
  command->add_option("--id", options->filter.id, "Only those whose id begins so");
  command->add_option("--step", options->filter.step, "In trouble at this step, or turned back at it");
  add_filter(*command, options->filter);
  command->add_option("--cursor", options->cursor, "Go on where an earlier page ended");
  command->add_option("-n,--limit", options->limit, "At most so many on a page")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_flag("--all", options->all, "All pages, to the last");
  command->add_flag("--counts", options->counts, "With how many there are by definition and state");
  command->callback([&chosen, options] { chosen = [options](session& with) { return list(with, *options); }; });
}

}  // namespace sagad::sagactl
