#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include "sagactl/commands.hpp"
#include "sagactl/follow.hpp"
#include "sagactl/read_text.hpp"
#include "sagactl/show.hpp"
#include "sagactl/start_many.hpp"
#include "sagactl/times.hpp"

namespace sagad::sagactl {
namespace {

constexpr const char* examples = R"(Examples:
  sagactl start sale --input '{"seller": "bob", "buyer": "alice", "item": "sword", "quantity": 1, "price": 100}'
  sagactl start sale order-7731.json --key order-7731 --wait 10s
  jq .order mail.json | sagactl start sale - --wait 10s --json

A key names the start: the same key with the same request is the same saga, however often it is sent, so a start that
may have failed is simply said again with its key. Without --key one is made and printed.

  sagactl start sale --from orders.ndjson --concurrency 16

With --from a saga is started for each line, a JSON input each, and every one has a key: --key-member order_id takes it
from the input, else it is made from the line itself. So the same command may be given again after an interruption:
what was started is not started twice. Equal lines are sagas of their own.

With --wait the exit code tells the end: 0 completed, 4 compensated or resolved, 5 not final in time.)";

// The input as JSON text; nothing, and said why, when it cannot be.
std::optional<std::string> read_input(session& with, const start_options& options) {
  const auto& file = options.file;
  if (file.empty()) return options.input.empty() ? "{}" : read_json(with, "--input", options.input);
  return read_json(with, file == "-" ? "the input" : file, "@" + file);
}

std::optional<std::string> body_of(session& with, const start_options& options, const std::string& key,
                                   milliseconds wait) {
  const auto input = read_input(with, options);
  if (!input) return std::nullopt;
  const auto labels = options.labels.empty() ? std::optional<std::string>("") : labels_json(with, options.labels);
  if (!labels) return std::nullopt;
  return start_body(options, *labels, key, wait, *input);
}

void tell_start(session& with, const reply& answer, const std::string& key, bool key_made) {
  const auto saga = answer.view();
  auto& out = with.json ? with.err : with.out;
  out << "saga         " << saga.text("id")
      << (answer.status == 200 && !saga.has("outcome") ? "  (was started before)" : "") << '\n';
  out << "key          " << key << '\n';
  if (key_made) out << "again        " << typed_with(with, "--key", key) << " is this saga, and starts no second one\n";
}

exit_code start(session& with, const start_options& options) {
  const auto wait = options.wait.empty() ? milliseconds(0) : *parse_duration(options.wait);
  const bool key_made = options.key.empty();
  const auto key = key_made ? with.fresh_name() : options.key;
  constexpr milliseconds first_wait_max{20'000};
  const auto body = body_of(with, options, key, std::min(wait, first_wait_max));
  if (!body) return exit_code::usage;
  http_request what;
  what.method = "POST";
  what.target = "/v1/sagas";
  what.body = *body;
  what.patience += first_wait_max;
  const auto began = with.now();
  auto answer = ask(with, what, "id");
  if (!answer.good()) {
    const bool open = answer.status == 0 || answer.foreign || answer.status >= 500 || answer.status == 429;
    const auto same = key_made ? typed_with(with, "--key", key) : "`" + with.typed + "`";
    const auto again = "Whether it was started is unknown: type " + same + ". However often, it is started once.";
    return report(with, answer, open ? again : std::string());
  }
  if (!with.json || key_made) tell_start(with, answer, key, key_made);
  const auto id = answer.view().text("id");
  const milliseconds left = wait - milliseconds(with.now() - began);
  if (!answer.view().has("outcome") && left.count() > 0) {
    answer = follow(with, id, left, first_wait_max, [](json_view) {});
    if (!answer.good()) return report(with, answer, "It was started: sagactl get " + id);
  }
  if (with.json) {
    with.out << answer.body << '\n';
  } else {
    with.out << "state        " << saga_in_a_line(answer.view(), with.now()) << '\n';
    if (answer.view().has("output")) with.out << "output       " << answer.view()["output"].dump() << '\n';
    if (!answer.view().has("outcome")) with.out << "next         " << next_command(answer.view()) << '\n';
  }
  return wait.count() > 0 ? ending_of(answer.view()) : exit_code::ok;
}

}  // namespace

std::optional<std::string> labels_json(session& with, const std::vector<std::string>& labels) {
  std::string out = "{";
  for (const auto& label : labels) {
    const auto equals = label.find('=');
    if (equals == 0 || equals == std::string::npos) {
      with.err << "sagactl: '" << label << "' is no label: write --label region=eu\n";
      return std::nullopt;
    }
    if (out.size() > 1) out += ',';
    out += json_text(label.substr(0, equals)) + ":" + json_text(label.substr(equals + 1));
  }
  return out + "}";
}

std::string start_body(const start_options& options, std::string_view labels, std::string_view key, milliseconds wait,
                       std::string_view input) {
  std::string body = R"({"definition":)" + json_text(options.definition) + R"(,"key":)" + json_text(key);
  if (!labels.empty()) body.append(R"(,"labels":)").append(labels);
  if (!options.deadline.empty()) body += R"(,"deadline":)" + json_text(options.deadline);
  if (wait.count() > 0) body += R"(,"wait":)" + json_text(std::to_string(wait.count()) + "ms");
  return body.append(R"(,"input":)").append(input) + "}";
}

void add_start(CLI::App& app, chosen_command& chosen) {
  auto options = std::make_shared<start_options>();
  auto* command = app.add_subcommand("start", "Start a saga of a definition, or one for each line of a file");
  command->footer(examples);
  command->add_option("definition", options->definition, "The definition: a name, or name@version")->required();
  auto* file = command->add_option("file,-f,--file", options->file, "The input, a JSON file; - is the standard input");
  command->add_option("-i,--input", options->input, "The input itself as JSON, or @FILE (@- is the standard input)")
      ->excludes(file);
  command->add_option("-k,--key", options->key, "Your own name for this start: 1 to 128 of A-Z a-z 0-9 . _ ~ : -");
  command->add_option("-w,--wait", options->wait, "Wait until it is final, at most so long: 10s, 2m")
      ->check(is_duration);
  command->add_option("--deadline", options->deadline, "Instead of the definition's: 30s, 5m")->check(is_duration);
  command->add_option("-l,--label", options->labels, "NAME=VALUE, to find it by; may be repeated")
      ->allow_extra_args(false);
  auto* from =
      command->add_option("--from", options->from, "Many inputs, one a line (NDJSON); - is the standard input");
  for (const char* other : {"file", "--input", "--key", "--wait"}) from->excludes(command->get_option(other));
  command->add_option("--key-member", options->key_member, "With --from: the member of each input that is its key")
      ->needs(from);
  constexpr std::size_t concurrency_max = 64;
  command->add_option("--concurrency", options->concurrency, "With --from: how many are sent at once")
      ->needs(from)
      ->check(CLI::Range(std::size_t{1}, concurrency_max))
      ->capture_default_str();
  command->callback([&chosen, options] {
    chosen = [options](session& with) {
      return options->from.empty() ? start(with, *options) : start_many(with, *options);
    };
  });
}

}  // namespace sagad::sagactl
