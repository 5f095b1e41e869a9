#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

#include "sagactl/commands.hpp"
#include "sagactl/junit.hpp"
#include "sagactl/load_definition.hpp"
#include "sagactl/read_text.hpp"
#include "sagactl/show_play.hpp"

namespace sagad::sagactl {
namespace {

using rehearsal::failure_point;

struct try_options {
  std::string file;
  std::string input;
  std::vector<std::string> cases;
  std::string junit;
};

constexpr const char* try_footer = R"(Examples:
  sagactl definitions try sagas/sale.yaml
  sagactl definitions try sagas/sale.yaml --input '{"seller": "ann", "buyer": "bob", "item": "sword", "quantity": 2, "price": 150}'
  sagactl definitions try sagas/sale.yaml --case sagas/cases/sale.yaml --junit report.xml

No server is asked and nothing is called: the coordinator's own rules play the saga, and waiting takes no time. Without
--case each step succeeds, is rejected, gets no answer and is never reached, and each undo gets no answer. With --case
the file's cases are played and held against what they expect.

Exit code: 0 as it should be, 1 something breaks or is not as a case expects, 2 a file is wrong.)";

exit_code write_report(session& with, const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.flush();
  if (out) return exit_code::ok;
  with.err << "sagactl: cannot write " << file << '\n';
  return exit_code::usage;
}

// What a report for build servers tells.
struct suite {
  std::string name;
  std::vector<junit_test> tests;
};

junit_test test_of(const definition::definition& definition, const failure_point& point) {
  junit_test test{point_in_words(definition, point), {}, {}, {}};
  if (point.how != failure_point::ending::broken) return test;
  test.ended = junit_test::ending::failed;
  test.message = ending_in_words(definition, point.played);
  std::ostringstream out;
  out << test.message << '\n';
  call_printer(out, definition).print(point.played);
  test.text = out.str();
  return test;
}

junit_test test_of(const std::string& file, const judged_case& judged) {
  junit_test test{judged.expected->name, {}, {}, {}};
  if (judged.missed.empty()) return test;
  test.ended = junit_test::ending::failed;
  for (const auto& one : judged.missed) {
    test.message += test.message.empty() ? "" : "; ";
    test.message += one.what + ": expected " + one.expected + ", got " + one.got;
  }
  std::ostringstream out;
  show_misses(out, file, judged);
  test.text = out.str();
  return test;
}

exit_code try_points(session& with, const try_options& options, const definition::definition_ptr& definition,
                     const rehearsal::sample& sample, suite& report) {
  const bool made_up = options.input.empty();
  if (!sample.misfits.empty()) {
    with.err << "sagactl: " << (made_up ? "no input that fits the schema could be made up:" : "the input does not fit:")
             << '\n';
    for (const auto& one : sample.misfits) with.err << "  " << one << '\n';
    with.err << "  next: " << (made_up ? "give one: --input '{...}', or --input @FILE" : "correct it") << '\n';
    return exit_code::usage;
  }
  const auto points = play_failures(definition, sample.script);
  if (with.json) {
    with.out << points_json(*definition, sample.script, points) << '\n';
  } else {
    show_points(with.out, *definition, sample.script, made_up, points);
  }
  for (const auto& point : points) report.tests.push_back(test_of(*definition, point));
  const bool broken = std::any_of(points.begin(), points.end(), [](const failure_point& point) {
    return point.how == failure_point::ending::broken;
  });
  return broken ? exit_code::refused : exit_code::ok;
}

struct case_file {
  std::string name;
  std::vector<rehearsal::test_case> cases;
};

// All files, so that the mistakes of each are told; nothing where there are any.
std::optional<std::vector<case_file>> read_case_files(session& with, const try_options& options,
                                                      const definition::definition& definition,
                                                      const rehearsal::sample& sample) {
  std::vector<case_file> files;
  bool good = true;
  for (const auto& name : options.cases) {
    const auto text = read_named(with, name);
    if (!text) return std::nullopt;
    auto read = rehearsal::read_cases(*text, definition, sample);
    if (const auto* mistakes = std::get_if<std::vector<definition::mistake>>(&read)) {
      show_mistakes(with.err, name, *text, *mistakes);
      good = false;
    } else {
      files.push_back({name, std::get<std::vector<rehearsal::test_case>>(std::move(read))});
    }
  }
  if (!good) return std::nullopt;
  return files;
}

exit_code try_cases(session& with, const try_options& options, const definition::definition_ptr& definition,
                    const rehearsal::sample& sample, suite& report) {
  const auto files = read_case_files(with, options, *definition, sample);
  if (!files) return exit_code::usage;
  bool good = true;
  for (const auto& file : *files) {
    std::vector<judged_case> all;
    for (const auto& one : file.cases) {
      auto played = perform(definition, one.script);
      auto missed = judge(one, *definition, played);
      all.push_back({&one, std::move(played), std::move(missed)});
      report.tests.push_back(test_of(file.name, all.back()));
      good = good && all.back().missed.empty();
    }
    if (with.json) {
      with.out << cases_json(*definition, all) << '\n';
    } else {
      show_cases(with.out, *definition, file.name, all);
    }
  }
  return good ? exit_code::ok : exit_code::refused;
}

exit_code try_all(session& with, const try_options& options, suite& report) {
  const auto definition = load_definition(with, options.file);
  if (definition == nullptr) return exit_code::usage;
  report.name = definition->name;
  std::optional<std::string> input;
  if (!options.input.empty() && !(input = read_json(with, "--input", options.input))) return exit_code::usage;
  const auto sample = rehearsal::make_sample(definition, input);
  return options.cases.empty() ? try_points(with, options, definition, sample, report)
                               : try_cases(with, options, definition, sample, report);
}

// A report is written whatever happens: an old one that stays looks like the newest.
exit_code try_definition(session& with, const try_options& options) {
  suite report{options.file, {}};
  std::ostringstream complaints;
  session heard{with.server,      with.in,    with.out,     complaints,      with.json,
                with.server_name, with.now,   with.pause,   with.fresh_name, with.terminal,
                with.connect,     with.typed, with.command, with.saga,       with.interrupted};
  const auto ended = try_all(heard, options, report);
  const auto told = complaints.str();
  with.err << told;
  if (options.junit.empty()) return ended;
  if (ended == exit_code::usage) {
    report.tests = {{"can be read", junit_test::ending::not_run, told.substr(0, told.find('\n')), told}};
  }
  const auto written = write_report(with, options.junit, junit_report(report.name, report.tests));
  return written == exit_code::ok ? ended : written;
}

}  // namespace

void add_try(CLI::App& group, chosen_command& chosen) {
  auto options = std::make_shared<try_options>();
  auto* command = group.add_subcommand("try", "Play one through every point of failure, or through your cases");
  command->footer(try_footer);
  command->add_option("file", options->file, "The definition, YAML or JSON; - is the standard input")->required();
  auto* input = command->add_option("-i,--input", options->input, "The start's input: JSON, or @FILE");
  command->add_option("--case", options->cases, "A file of cases; may be repeated")
      ->allow_extra_args(false)
      ->excludes(input);
  command->add_option("--junit", options->junit, "Write a report for build servers there, as JUnit XML");
  command->callback(
      [&chosen, options] { chosen = [options](session& with) { return try_definition(with, *options); }; });
}

}  // namespace sagad::sagactl
