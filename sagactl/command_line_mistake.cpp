#include "sagactl/command_line_mistake.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <ostream>
#include <string>
#include <vector>

#include "sagactl/json_view.hpp"
#include "sagactl/known_names.hpp"

namespace sagad::sagactl {
namespace {

// The command that was reached, and the words to it: `sagactl definitions`.
struct reached {
  const CLI::App* command;
  std::string words;
};

reached follow_commands(const CLI::App& app) {
  reached at{&app, app.get_name()};
  while (!at.command->get_subcommands().empty()) {
    at.command = at.command->get_subcommands().front();
    at.words += " " + at.command->get_name();
  }
  return at;
}

std::vector<std::string> commands_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* inner : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (!inner->get_group().empty()) names.push_back(inner->get_name());
  }
  return names;
}

std::vector<std::string> options_of(const CLI::App* command) {
  std::vector<std::string> names;
  for (; command != nullptr; command = command->get_parent()) {
    for (const auto* option : command->get_options()) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::string name_of(const CLI::Option& option) {
  if (!option.get_positional()) return option.get_name();
  auto name = option.get_name(true);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  return name;
}

std::string missing_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options()) {
    if (option->get_required() && option->count() == 0) names.push_back(name_of(*option));
  }
  std::string out;
  for (std::size_t at = 0; at < names.size(); ++at) {
    out += at == 0 ? "" : at + 1 == names.size() ? " and " : ", ";
    out += names[at];
  }
  return out;
}

bool is_option(const std::string& word) {
  return word.size() > 1 && word.front() == '-';
}

std::string mistake_in_words(const reached& at, const std::vector<std::string>& unread, const CLI::ParseError& error) {
  const auto word = std::find_if_not(unread.begin(), unread.end(), is_option);
  const auto option = std::find_if(unread.begin(), unread.end(), is_option);
  const bool wants_command = at.command->get_require_subcommand_min() > 0;
  if (wants_command && word != unread.end()) {
    const auto group = at.command->get_parent() == nullptr ? std::string() : at.command->get_name() + " ";
    return "there is no command `" + group + printable(*word) + "`" + meant_of(*word, commands_of(*at.command));
  }
  if (option != unread.end()) {
    const auto name = option->substr(0, option->find('='));
    return "there is no option `" + printable(name) + "`" + meant_of(name, options_of(at.command));
  }
  if (wants_command) return "a command is missing behind `" + at.words + "`";
  if (const auto missing = missing_of(*at.command); !missing.empty()) {
    return at.command->get_name() + " needs " + missing;
  }
  if (word != unread.end()) return "`" + printable(*word) + "` is one too many for " + at.command->get_name();
  return printable(error.what());
}

}  // namespace

void tell_mistake(std::ostream& err, const CLI::App& app, const CLI::ParseError& error) {
  const auto at = follow_commands(app);
  err << "sagactl: " << mistake_in_words(at, app.remaining(true), error) << "\n  next: `" << at.words << " --help` "
      << (at.command->get_require_subcommand_min() > 0 ? "lists the commands" : "shows what it takes") << '\n';
}

}  // namespace sagad::sagactl
