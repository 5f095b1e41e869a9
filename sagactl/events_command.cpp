#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <ostream>
#include <utility>

#include "base/percent.hpp"
#include "sagactl/commands.hpp"
#include "sagactl/read_text.hpp"
#include "sagactl/reply.hpp"
#include "sagactl/saga_argument.hpp"
#include "sagactl/saga_filter.hpp"
#include "sagactl/show.hpp"
#include "sagactl/times.hpp"

namespace sagad::sagactl {
namespace {

constexpr std::int64_t page_max = 1000;
constexpr milliseconds news_looked_every{200};

struct event_options {
  std::string from;
  std::string definition;
  std::string saga;
  std::string event;
  std::string starter;
  std::int64_t limit = page_max;
  bool follow = false;
  std::string patience;
};

constexpr const char* events_footer = R"(All records of all sagas, in the order in which they became durable.

Examples:
  sagactl events --event started,finished --definition sale
  sagactl events --from now --follow                      what happens from now on
  sagactl events --from 0.2.8bd68e8cbea1 --json           a page a line; its `next` is where the next one begins

A place is what an earlier page named as `next`, or an event's id in the server's stream.)";

std::string target_of(const event_options& options, const std::string& from, std::int64_t limit) {
  std::string target = "/v1/events?limit=" + std::to_string(limit);
  const std::pair<const char*, const std::string&> parameters[] = {{"after", from},
                                                                   {"definition", options.definition},
                                                                   {"saga", options.saga},
                                                                   {"event", options.event},
                                                                   {"starter", options.starter}};
  for (const auto& [name, value] : parameters) {
    if (!value.empty()) target += '&' + std::string(name) + '=' + percent_encoded(value);
  }
  return target;
}

void print(session& with, const reply& page) {
  if (with.json) {
    with.out << page.body << std::endl;
    return;
  }
  const auto view = page.view();
  const auto records = view["events"];
  for (std::size_t at = 0; at < records.size(); ++at) {
    const auto record = records.at(at);
    with.out << record.text("saga") << "  " << record_in_a_line(record) << '\n';
  }
  with.out << std::flush;
}

exit_code events(session& with, const event_options& options) {
  const auto began = with.now();
  auto from = options.from;
  auto left = options.limit;
  bool found = false;
  while (true) {
    auto page =
        ask_page(with, target_of(options, from, options.follow ? page_max : std::min(left, page_max)), "events");
    if (page.good() && page.view().text("next").empty()) {
      page.foreign = true;
      page.why_foreign = "it has no `next`";
    }
    if (!page.good()) {
      const bool passing = page.status == 0 || page.status == 429 || page.status >= 500;
      return report(with, page, passing && !from.empty() ? "go on with --from " + from : std::string());
    }
    const auto view = page.view();
    const auto count = static_cast<std::int64_t>(view["events"].size());
    const bool at_end = view.flag("at_end");
    // Of what is followed, pages with nothing new say nothing.
    if (count != 0 || !options.follow) print(with, page);
    from = view.text("next");
    left -= count;
    found |= count != 0;
    if (options.follow) {
      if (!options.patience.empty() && milliseconds(with.now() - began) >= *parse_duration(options.patience)) break;
      if (at_end) with.pause(news_looked_every);
    } else if (at_end || left <= 0) {
      if (!at_end && !with.json) with.out << "More: the same with --from " << from << '\n';
      break;
    }
  }
  if (found || options.follow || !options.from.empty()) return exit_code::ok;
  if (!with.json) with.out << "No such record\n";
  saga_filter wanted;
  wanted.definition = options.definition;
  return end_of_nothing_found(with, wanted, exit_code::ok);
}

}  // namespace

void add_events(CLI::App& app, chosen_command& chosen) {
  auto options = std::make_shared<event_options>();
  auto* command = app.add_subcommand("events", "Show what happens to all sagas: their records, from a place on");
  command->footer(events_footer);
  command->add_option("--from", options->from, "Behind this place, or `now`; without it from the oldest on");
  command->add_option("-d,--definition", options->definition, "Only of this definition, or of name@version");
  command->add_option("--saga", options->saga, "Only of this saga: its id, or the key of its start");
  command->add_option("--event", options->event, "Only with one of these events: started,finished");
  command->add_option("--starter", options->starter, "Only of what this token started");
  auto* limit = command->add_option("-n,--limit", options->limit, "At most so many records")
                    ->check(CLI::Range(1, 1'000'000'000))
                    ->capture_default_str();
  auto* follow = command->add_flag("-f,--follow", options->follow, "Go on with what comes")->excludes(limit);
  command->add_option("--for", options->patience, "At most so long: 10s, 5m")->check(is_duration)->needs(follow);
  command->callback([&chosen, options] {
    chosen = [options](session& with) {
      if (options->saga.empty()) return events(with, *options);
      const auto meant = find_saga(with, options->saga);
      if (!meant.id) return meant.why_not;
      options->saga = *meant.id;
      return events(with, *options);
    };
  });
}

}  // namespace sagad::sagactl
