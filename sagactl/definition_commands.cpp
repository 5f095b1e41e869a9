#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "base/percent.hpp"
#include "sagactl/commands.hpp"
#include "sagactl/load_definition.hpp"
#include "sagactl/read_text.hpp"
#include "sagactl/reply.hpp"
#include "sagactl/show.hpp"

namespace sagad::sagactl {
namespace {

struct apply_options {
  std::vector<std::string> files;
  bool dry_run = false;
};

constexpr const char* apply_footer = R"(Examples:
  sagactl definitions apply sagas/sale.yaml
  sagactl definitions apply --dry-run sagas/     checks, changes nothing

A changed definition becomes a new version: sagas that run keep theirs. The same content again is no new version. All
files are checked as `validate` checks them before the first is sent.)";

void tell_applied(session& with, const std::string& file, json_view applied, bool dry_run) {
  if (with.json) return;
  const auto number = applied.integer("version");
  const auto version = "version " + std::to_string(number);
  const bool is_new = applied.flag("new_version");
  with.out << file << ": " << applied.text("name");
  if (dry_run && is_new && number == 1) {
    with.out << " is good, and new to the server: it would be " << version;
  } else if (dry_run) {
    with.out << (is_new ? " is good, and differs from what the server has" : " is what the server has");
  } else if (is_new) {
    with.out << " is now " << version;
  } else {
    with.out << " is " << version << " already";
  }
  with.out << '\n';
}

// Mistakes as `validate` shows them: what the server alone knows, its participants and their paths, is among them.
exit_code report_of_file(session& with, const std::string& file, std::string_view text, const reply& bad) {
  const auto errors = bad.view()["errors"];
  if (with.json || errors.size() == 0) {
    with.err << file << ":\n";
    return report(with, bad);
  }
  std::vector<definition::mistake> mistakes;
  for (std::size_t at = 0; at < errors.size(); ++at) {
    const auto one = errors.at(at);
    mistakes.push_back({static_cast<std::uint32_t>(one.integer("line")),
                        static_cast<std::uint32_t>(one.integer("column")), one.text("detail")});
  }
  show_mistakes(with.err, file, text, mistakes);
  with.err << "sagactl: " << file << " is not applied, the server goes on with what it has\n";
  return exit_code::refused;
}

bool looks_like_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

struct named_text {
  std::string file;
  std::string name;  // the definition's
  std::string text;
};

// All files, so that the mistakes of each are told; nothing where there are any.
std::optional<std::vector<named_text>> read_good(session& with, const std::vector<std::string>& files) {
  std::vector<named_text> read;
  bool good = true;
  for (const auto& file : files) {
    auto text = read_named(with, file);
    if (!text) return std::nullopt;
    const auto loaded = check_offline(*text);
    if (const auto* mistakes = std::get_if<std::vector<definition::mistake>>(&loaded)) {
      show_mistakes(with.err, file, *text, *mistakes);
      good = false;
    } else {
      read.push_back({file, std::get<definition::definition_ptr>(loaded)->name, std::move(*text)});
    }
  }
  if (good) return read;
  with.err << "sagactl: nothing was sent\n";
  return std::nullopt;
}

exit_code apply_one(session& with, const named_text& one, bool dry_run) {
  http_request what;
  what.method = "PUT";
  what.target = "/v1/definitions/" + percent_encoded(one.name) + (dry_run ? "?dry_run=true" : "");
  what.body = one.text;
  what.content_type = looks_like_json(one.text) ? "application/json" : "application/yaml";
  const auto answer = ask(with, what, "new_version");
  if (!answer.good()) return report_of_file(with, one.file, one.text, answer);
  if (with.json) with.out << answer.body << '\n';
  tell_applied(with, one.file, answer.view(), dry_run);
  return exit_code::ok;
}

constexpr const char* group_footer = R"(The way of a definition:
  sagactl definitions validate sagas/          is it written right?
  sagactl definitions graph sagas/sale.yaml    which step waits for which?
  sagactl definitions try sagas/sale.yaml      what happens when something fails?
  sagactl definitions diff sagas/sale.yaml     what would change?
  sagactl definitions apply sagas/sale.yaml    from now on new sagas follow it)";

constexpr const char* definitions_footer = R"(Examples:
  sagactl definitions list
  sagactl definitions list --json | jq -r '.definitions[].name')";

constexpr const char* get_one_footer = R"(Examples:
  sagactl definitions get sale
  sagactl definitions get sale@2 > sale-2.json)";

// All of them, so that every mistake is told at once; the first bad end is the whole's. What can be told without the
// server is told before anything is sent.
exit_code apply(session& with, const apply_options& options) {
  const auto files = definition_files(options.files);
  if (files.empty()) {
    return tell_no_definitions(with, options.files);
  }
  const auto read = read_good(with, files);
  if (!read) return exit_code::usage;
  auto ended = exit_code::ok;
  std::size_t good = 0;
  for (const auto& one : *read) {
    const auto how = apply_one(with, one, options.dry_run);
    if (how == exit_code::ok) ++good;
    if (ended == exit_code::ok) ended = how;
    if (how == exit_code::unreachable) {
      ended = how;
      break;
    }
  }
  if (ended != exit_code::ok && read->size() > 1) {
    with.err << "sagactl: " << good << " of " << read->size() << (options.dry_run ? " good\n" : " applied\n");
  }
  return ended;
}

exit_code list(session& with) {
  const auto answer = ask_page(with, "/v1/definitions", "definitions");
  if (!answer.good()) return report(with, answer);
  if (with.json) {
    with.out << answer.body << '\n';
  } else {
    show_definitions(with.out, answer.view());
  }
  return exit_code::ok;
}

exit_code get(session& with, const std::string& name) {
  const auto answer = ask(with, "/v1/definitions/" + percent_encoded(name), "definition");
  if (!answer.good()) return report(with, answer);
  if (with.json) {
    with.out << answer.body << '\n';
    return exit_code::ok;
  }
  const auto view = answer.view();
  with.err << view.text("name") << ", version " << view.integer("version") << ", with every default filled in\n";
  with.out << pretty_json(view["definition"].dump()) << '\n';
  return exit_code::ok;
}

constexpr const char* retire_footer = R"(Example:
  sagactl definitions retire sale

From then on no saga is started by it, in any version. Sagas that run go on to their end by the version that they have, and
a start that is sent again is still answered with its saga. `apply` takes it back.)";

exit_code retire(session& with, const std::string& name) {
  http_request what;
  what.method = "DELETE";
  what.target = "/v1/definitions/" + percent_encoded(name);
  const auto answer = ask(with, what, "retired");
  if (!answer.good()) return report(with, answer);
  if (with.json) {
    with.out << answer.body << '\n';
    return exit_code::ok;
  }
  const auto retired = answer.view().text("name");
  with.out << retired << " is retired: no saga is started by it any more; those that run go on\n"
           << "next: `sagactl definitions apply FILE` takes it back, `sagactl list --definition " << retired
           << " --state unfinished` shows what runs\n";
  return exit_code::ok;
}

}  // namespace

void add_definitions(CLI::App& app, chosen_command& chosen) {
  auto* group =
      app.add_subcommand("definitions", "Check, try, draw, apply, list, show and retire definitions of sagas");
  group->footer(group_footer);
  group->require_subcommand(1);
  group->fallthrough();

  auto options = std::make_shared<apply_options>();
  auto* applying = group->add_subcommand("apply", "Send definitions to the server: files, or folders of them");
  applying->footer(apply_footer);
  applying->add_option("files", options->files, "YAML or JSON; - is the standard input")->required();
  applying->add_flag("--dry-run", options->dry_run, "Check them, change nothing");
  applying->callback([&chosen, options] { chosen = [options](session& with) { return apply(with, *options); }; });

  auto* listing = group->add_subcommand("list", "List them");
  listing->footer(definitions_footer);
  listing->callback([&chosen] { chosen = &list; });

  add_checking(*group, chosen);
  add_try(*group, chosen);

  auto name = std::make_shared<std::string>();
  auto* getting = group->add_subcommand("get", "Show one as the server understands it");
  getting->footer(get_one_footer);
  getting->add_option("name", *name, "Its name, or name@version")->required();
  getting->callback([&chosen, name] { chosen = [name](session& with) { return get(with, *name); }; });

  auto retired = std::make_shared<std::string>();
  auto* retiring = group->add_subcommand("retire", "Start nothing by it any more; sagas that run go on");
  retiring->footer(retire_footer);
  retiring->add_option("name", *retired, "Its name; all its versions are meant")->required();
  retiring->callback([&chosen, retired] { chosen = [retired](session& with) { return retire(with, *retired); }; });
}

}  // namespace sagad::sagactl
