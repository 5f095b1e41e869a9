#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "base/percent.hpp"
#include "sagactl/commands.hpp"
#include "sagactl/follow.hpp"
#include "sagactl/read_records.hpp"
#include "sagactl/read_text.hpp"
#include "sagactl/saga_argument.hpp"
#include "sagactl/show.hpp"
#include "sagactl/times.hpp"

namespace sagad::sagactl {
namespace {

struct saga_options {
  std::string id;
  std::string wait;
  std::int64_t from = 1;
};

constexpr const char* watch_footer =
    R"(Prints each record of the saga as it is written, until the saga is final. A restart of the server does not end it.
Exit code: 0 completed, 4 compensated or resolved, 5 not final within --for.

Example:
  sagactl watch order-7731 --for 5m)";

constexpr const char* get_footer = R"(Examples:
  sagactl get 01KB0000000000000000000000
  sagactl get order-7731                       by the key of its start
  sagactl get 01KB0000000000000000000000 --wait 30s --json | jq -r .state

Exit code: 0 also when it is not final in time. `explain` says the same in a paragraph.)";

constexpr const char* records_footer = R"(Examples:
  sagactl records 01KB0000000000000000000000
  sagactl records 01KB0000000000000000000000 --json | jq '.[].events[] | select(.event == "commanded")')";

exit_code get(session& with, const saga_options& options) {
  reply answer;
  if (options.wait.empty()) {
    answer = ask(with, "/v1/sagas/" + percent_encoded(options.id), "id");
  } else {
    constexpr milliseconds each_wait{20'000};
    answer = follow(with, options.id, parse_duration(options.wait), each_wait, [](json_view) {});
  }
  if (!answer.good()) return report(with, answer);
  if (with.json) {
    with.out << answer.body << '\n';
  } else {
    show_saga(with.out, answer.view(), with.now());
  }
  return exit_code::ok;
}

// Prints the saga's records after `seq`; the newest one's number.
std::int64_t print_records_after(session& with, const std::string& id, std::int64_t seq) {
  const auto answer = records_after(with, id, seq);
  if (!answer.good()) return seq;
  const auto records = answer.view();
  for (std::size_t at = 0; at < records.size(); ++at) {
    const auto record = records.at(at);
    if (record.integer("seq") <= seq) continue;
    seq = record.integer("seq");
    with.out << (with.json ? record.dump() : record_in_a_line(record)) << std::endl;
  }
  return seq;
}

exit_code watch(session& with, const saga_options& options) {
  std::int64_t printed = 0;
  std::string state;
  const auto patience = options.wait.empty() ? std::nullopt : parse_duration(options.wait);
  // Short waits: the server answers a long poll when the saga is final, and people want to see what happens before.
  constexpr milliseconds each_wait{500};
  const auto answer = follow(with, options.id, patience, each_wait, [&](json_view saga) {
    printed = print_records_after(with, options.id, printed);
    const auto now_in = saga.text("state");
    if (!with.json && now_in != state && (now_in == "stuck" || now_in == "paused")) {
      with.out << "  " << saga_in_a_line(saga, with.now()) << "\n  sagactl get " << options.id << " says what fits\n";
    }
    state = now_in;
  });
  if (!answer.good()) return report(with, answer);
  if (with.json) {
    with.out << answer.body << '\n';
  } else {
    with.out << '\n';
    show_saga(with.out, answer.view(), with.now());
  }
  return ending_of(answer.view());
}

exit_code records(session& with, const saga_options& options) {
  const auto answer = records_after(with, options.id, options.from - 1);
  if (!answer.good()) return report(with, answer);
  if (with.json) {
    with.out << answer.body << '\n';
  } else {
    show_records(with.out, answer.view());
  }
  return exit_code::ok;
}

CLI::App* add_of_a_saga(CLI::App& app, chosen_command& chosen, const char* name, const char* what,
                        std::shared_ptr<saga_options> options, exit_code (*run)(session&, const saga_options&)) {
  auto* command = app.add_subcommand(name, what);
  add_saga(*command, options->id)->required();
  command->callback([&chosen, options, run] {
    chosen = [options, run](session& with) {
      const auto meant = find_saga(with, options->id);
      return meant.id ? run(with, {*meant.id, options->wait, options->from}) : meant.why_not;
    };
  });
  return command;
}

}  // namespace

void add_looking(CLI::App& app, chosen_command& chosen) {
  auto get_options = std::make_shared<saga_options>();
  auto* getting =
      add_of_a_saga(app, chosen, "get", "Show a saga: where it is, why, and which commands fit", get_options, &get);
  getting->add_option("-w,--wait", get_options->wait, "Wait until it is final, at most so long: 10s")
      ->check(is_duration);
  getting->footer(get_footer);

  auto watch_options = std::make_shared<saga_options>();
  auto* watching = add_of_a_saga(app, chosen, "watch", "Follow a saga until it is final", watch_options, &watch);
  watching->add_option("--for", watch_options->wait, "At most so long: 10s, 5m")->check(is_duration);
  watching->footer(watch_footer);

  add_list(app, chosen);
  add_explain(app, chosen);
  auto records_options = std::make_shared<saga_options>();
  auto* recording =
      add_of_a_saga(app, chosen, "records", "Show everything that happened to a saga: its records in the journal",
                    records_options, &records);
  recording->add_option("--from", records_options->from, "Only from the record of this number on")
      ->check(CLI::PositiveNumber);
  recording->footer(records_footer);
  add_events(app, chosen);
}

}  // namespace sagad::sagactl
