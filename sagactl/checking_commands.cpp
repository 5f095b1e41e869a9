#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <ostream>

#include "base/percent.hpp"
#include "sagactl/commands.hpp"
#include "sagactl/definition_diff.hpp"
#include "sagactl/graph_text.hpp"
#include "sagactl/json_writer.hpp"
#include "sagactl/load_definition.hpp"
#include "sagactl/read_text.hpp"
#include "sagactl/reply.hpp"

namespace sagad::sagactl {
namespace {

constexpr const char* validate_footer = R"(Examples:
  sagactl definitions validate sagas/sale.yaml
  sagactl definitions validate sagas/              every .yaml, .yml and .json file directly in it

No server is asked. What one alone knows - its participants, the paths that they allow, whether callbacks reach it -
is checked by: sagactl definitions apply --dry-run FILE

Exit code: 0 all are good, 2 some have mistakes.)";

constexpr const char* graph_footer = R"(Examples:
  sagactl definitions graph sagas/sale.yaml
  sagactl definitions graph sagas/sale.yaml --dot | dot -Tsvg > sale.svg)";

constexpr const char* diff_footer = R"(Examples:
  sagactl definitions diff sagas/sale.yaml
  sagactl definitions diff sagas/sale.yaml || sagactl definitions apply sagas/sale.yaml

Compares with every default filled in, so that only what behaves otherwise is told: - is the server's, + the file's.

Exit code: 0 the same, 1 it differs, or the server has none of that name.)";

std::string mistake_json(const definition::mistake& one) {
  return object_text().number("line", one.line).number("column", one.column).text("detail", one.text).take();
}

exit_code validate(session& with, const std::vector<std::string>& named) {
  const auto files = definition_files(named);
  if (files.empty()) {
    return tell_no_definitions(with, named);
  }
  auto ended = exit_code::ok;
  std::vector<std::string> told;
  for (const auto& file : files) {
    const auto text = read_named(with, file);
    if (!text) return exit_code::usage;
    const auto loaded = check_offline(*text);
    const auto* mistakes = std::get_if<std::vector<definition::mistake>>(&loaded);
    if (mistakes != nullptr) ended = exit_code::usage;
    if (with.json) {
      const auto list = array_text(mistakes == nullptr ? std::vector<definition::mistake>() : *mistakes, mistake_json);
      told.push_back(object_text().text("file", file).flag("good", mistakes == nullptr).raw("mistakes", list).take());
    } else if (mistakes != nullptr) {
      show_mistakes(with.err, file, *text, *mistakes);
    } else {
      const auto& good = *std::get<definition::definition_ptr>(loaded);
      with.out << file << ": " << good.name << " is good: " << good.steps.size()
               << (good.steps.size() == 1 ? " step\n" : " steps\n");
    }
  }
  if (with.json) with.out << array_text(told, [](const std::string& one) { return one; }) << '\n';
  return ended;
}

std::string graph_json(const definition::definition& definition) {
  const auto before = needed_predecessors(definition);
  std::vector<std::string> steps;
  for (std::size_t at = 0; at < before.size(); ++at) {
    const auto after = array_text(before[at], [&](step_no one) { return json_text(definition.steps[one].name); });
    steps.push_back(object_text().text("step", definition.steps[at].name).raw("after", after).take());
  }
  const auto list = array_text(steps, [](const std::string& one) { return one; });
  return object_text().text("definition", definition.name).raw("steps", list).take();
}

struct graph_options {
  std::string file;
  bool dot = false;
};

exit_code graph(session& with, const graph_options& options) {
  const auto definition = load_definition(with, options.file);
  if (definition == nullptr) return exit_code::usage;
  if (options.dot) {
    with.out << graph_dot(*definition);
  } else if (with.json) {
    with.out << graph_json(*definition) << '\n';
  } else {
    with.out << graph_text(*definition);
  }
  return exit_code::ok;
}

std::string plain(const std::string& json) {
  const auto document = parse_json(json);
  const auto text = json_view(&document).text();
  return text.empty() ? json : text;
}

// A whole step in a few words.
std::string step_in_words(const std::string& json) {
  const auto document = parse_json(json);
  const json_view step(&document);
  return step.text("kind") + " at " + step.text("participant");
}

void show_difference(std::ostream& out, const difference& one) {
  const auto indent = one.step.empty() ? "  " : "    ";
  if (one.key.empty()) {
    out << indent << (one.was.empty() ? "+ new: " : "- gone: ") << step_in_words(one.was.empty() ? one.is : one.was)
        << '\n';
    return;
  }
  if (one.was.empty()) {
    out << indent << "+ " << one.key << ": " << plain(one.is) << '\n';
  } else if (one.is.empty()) {
    out << indent << "- " << one.key << ": " << plain(one.was) << '\n';
  } else {
    out << indent << "  " << one.key << ": " << plain(one.was) << " → " << plain(one.is) << '\n';
  }
}

std::string difference_json(const difference& one) {
  object_text out;
  if (!one.step.empty()) out.text("step", one.step);
  if (!one.key.empty()) out.text("key", one.key);
  if (!one.was.empty()) out.raw("was", one.was);
  if (!one.is.empty()) out.raw("is", one.is);
  return out.take();
}

exit_code diff(session& with, const std::string& file) {
  const auto definition = load_definition(with, file);
  if (definition == nullptr) return exit_code::usage;
  const auto answer = ask(with, "/v1/definitions/" + percent_encoded(definition->name), "definition");
  if (answer.problem() == "unknown-definition") {
    with.err << "sagactl: the server has no definition " << definition->name << "\n  next: sagactl definitions apply "
             << file << '\n';
    return exit_code::refused;
  }
  if (!answer.good()) return report(with, answer);
  const auto document = parse_json(definition->canonical);
  const auto found = definition_diff(answer.view()["definition"], json_view(&document));
  const auto version = answer.view().integer("version");
  if (with.json) {
    with.out << object_text()
                    .text("definition", definition->name)
                    .number("version", version)
                    .flag("same", found.empty())
                    .raw("differences", array_text(found, difference_json))
                    .take()
             << '\n';
    return found.empty() ? exit_code::ok : exit_code::refused;
  }
  with.out << file << (found.empty() ? " is " : " differs from ") << definition->name << ", version " << version
           << '\n';
  std::string step;
  for (const auto& one : found) {
    if (one.step != step) with.out << "  step " << one.step << '\n';
    step = one.step;
    show_difference(with.out, one);
  }
  return found.empty() ? exit_code::ok : exit_code::refused;
}

}  // namespace

void add_checking(CLI::App& group, chosen_command& chosen) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto* validating = group.add_subcommand("validate", "Check files without a server: every mistake with its line");
  validating->footer(validate_footer);
  validating->add_option("files", *files, "Files, or folders of them; - is the standard input")->required();
  validating->callback([&chosen, files] { chosen = [files](session& with) { return validate(with, *files); }; });

  auto options = std::make_shared<graph_options>();
  auto* drawing = group.add_subcommand("graph", "Draw the steps of one, branches side by side");
  drawing->footer(graph_footer);
  drawing->add_option("file", options->file, "The definition; - is the standard input")->required();
  drawing->add_flag("--dot", options->dot, "For Graphviz");
  drawing->callback([&chosen, options] { chosen = [options](session& with) { return graph(with, *options); }; });

  auto file = std::make_shared<std::string>();
  auto* comparing = group.add_subcommand("diff", "Compare one with the server's newest version, step by step");
  comparing->footer(diff_footer);
  comparing->add_option("file", *file, "The definition; - is the standard input")->required();
  comparing->callback([&chosen, file] { chosen = [file](session& with) { return diff(with, *file); }; });
}

}  // namespace sagad::sagactl
