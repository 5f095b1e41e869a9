#include "sagactl/command_line_mistake.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
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

bool is_option(const std::string& word) {
  return word.size() > 1 && word.front() == '-';
}

// An option as it is, an argument in the capitals that the help shows it in.
std::string as_typed(std::string name) {
  if (is_option(name)) return name;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  return name;
}

std::string name_of(const CLI::Option& option) {
  return option.get_positional() ? as_typed(option.get_name(true)) : option.get_name();
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

// What commands of the kind are called elsewhere.
constexpr std::pair<std::string_view, std::string_view> other_names[] = {
    {"ls", "list"},          {"show", "get"},        {"describe", "get"},        {"status", "get"},
    {"logs", "records"},     {"history", "records"}, {"run", "start"},           {"create", "apply"},
    {"upload", "apply"},     {"put", "apply"},       {"delete", "retire"},       {"remove", "retire"},
    {"rm", "retire"},        {"check", "validate"},  {"rollback", "compensate"}, {"undo", "compensate"},
    {"abort", "compensate"}, {"close", "resolve"},   {"unpause", "resume"},      {"test", "try"},
};

// What sagad itself does, beside its journal.
constexpr std::string_view of_the_server[] = {"backup", "migrate", "views"};

// What options of the kind are called elsewhere; where a command has neither of ours, nothing is meant.
constexpr std::pair<std::string_view, std::string_view> other_options[] = {
    {"--wait", "--for"},     {"--for", "--wait"},       {"--timeout", "--wait"}, {"--timeout", "--for"},
    {"--output", "--json"},  {"--format", "--json"},    {"-o", "--json"},        {"--url", "--server"},
    {"--host", "--server"},  {"--address", "--server"}, {"--port", "--server"},  {"--endpoint", "--server"},
    {"--watch", "--follow"}, {"--data", "--input"},     {"--name", "--key"},
};

std::string option_meant(const std::string& name, const CLI::App* command) {
  const auto names = options_of(command);
  if (auto near = meant_of(name, names); !near.empty()) return near;
  for (const auto& [other, ours] : other_options) {
    const bool there = std::find(names.begin(), names.end(), ours) != names.end();
    if (name == other && there) return ": did you mean `" + std::string(ours) + "`?";
  }
  return {};
}

// ": did you mean `list`?", or a command of a group: `definitions apply`.
std::string command_meant(const std::string& word, const CLI::App& command) {
  const auto said = [](const std::string& meant) { return ": did you mean `" + meant + "`?"; };
  const auto names = commands_of(command);
  if (auto near = meant_of(word, names); !near.empty()) return near;
  for (const auto& [other, ours] : other_names) {
    if (word == other && std::find(names.begin(), names.end(), ours) != names.end()) return said(std::string(ours));
  }
  for (const auto& group : names) {
    const auto inner = commands_of(*command.get_subcommand(group));
    if (std::find(inner.begin(), inner.end(), word) != inner.end()) return said(group + " " + word);
  }
  const bool of_sagad = std::find(std::begin(of_the_server), std::end(of_the_server), word) != std::end(of_the_server);
  if (of_sagad && command.get_parent() == nullptr) {
    return ": it is one of sagad's own, on the machine of its journal: `sagad --help`";
  }
  const auto options = options_of(&command);
  return std::find(options.begin(), options.end(), "--" + word) == options.end() ? std::string() : said("--" + word);
}

// `-state` for `--state`: to the parser it is -s with the value `tate`.
std::string one_hyphen_for_two(const CLI::App* command, const std::vector<std::string>& arguments) {
  const auto names = options_of(command);
  for (const auto& argument : arguments) {
    const auto name = "-" + argument.substr(0, argument.find('='));
    if (!is_option(argument) || argument[1] == '-' || name.size() < 4) continue;
    if (std::find(names.begin(), names.end(), name) == names.end()) continue;
    return "`" + printable(name.substr(1)) + "` is written with two hyphens: " + name;
  }
  return {};
}

// `definition` of `sagactl definition list`, which the parser passes over to find the command `list`.
bool has_word_before_command(const CLI::App& app, const std::vector<std::string>& unread,
                             const std::vector<std::string>& arguments) {
  // Behind an option that is none it is that one's value.
  if (app.get_subcommands().empty() || unread.empty() || std::any_of(unread.begin(), unread.end(), is_option))
    return false;
  const auto word = unread.begin();
  const auto command = std::find(arguments.begin(), arguments.end(), app.get_subcommands().front()->get_name());
  return std::find(arguments.begin(), command, *word) != command;
}

// `--limit: Value 5000 not in range 1 to 1000`, `--operation: foo not in {action,compensation}`.
std::string value_in_words(const std::string& name, const std::string& told) {
  const auto begin = as_typed(name) + ": `";
  const std::string value_mark = "Value ";
  const std::string range_mark = " not in range ";
  if (const auto at = told.rfind(range_mark); at != std::string::npos && told.rfind(value_mark, 0) == 0) {
    return begin + told.substr(value_mark.size(), at - value_mark.size()) + "` is no number from " +
           told.substr(at + range_mark.size());
  }
  const std::string list_mark = " not in {";
  const auto at = told.rfind(list_mark);
  if (at == std::string::npos) return {};
  const auto value = told.substr(0, at);
  auto rest = told.substr(at + list_mark.size(), told.rfind('}') - at - list_mark.size());
  std::vector<std::string> known;
  for (auto comma = rest.find(','); comma != std::string::npos; comma = rest.find(',')) {
    known.push_back(rest.substr(0, comma));
    rest.erase(0, comma + 1);
  }
  known.push_back(rest);
  return begin + value + "` is none that there is" + hint_of(value, known);
}

std::string without_parser_words(const std::string& text) {
  if (const auto colon = text.find(": "); colon != std::string::npos) {
    if (auto told = value_in_words(text.substr(0, colon), text.substr(colon + 2)); !told.empty()) return told;
  }
  const auto missing = text.find(": 1 required ");
  if (missing != std::string::npos) return text.substr(0, missing) + " needs a value behind it";
  for (const std::string between : {" excludes ", " requires "}) {
    const auto at = text.find(between);
    if (at == std::string::npos) continue;
    const auto one = as_typed(text.substr(0, at));
    const auto other = as_typed(text.substr(at + between.size()));
    return between == " requires " ? one + " goes with " + other + " alone: add it, or leave " + one + " out"
                                   : one + " and " + other + " do not go together: leave one of them out";
  }
  return text;
}

std::string mistake_in_words(const reached& at, const std::vector<std::string>& unread,
                             const std::vector<std::string>& arguments, const CLI::ParseError& error) {
  if (auto told = one_hyphen_for_two(at.command, arguments); !told.empty()) return told;
  const auto word = std::find_if_not(unread.begin(), unread.end(), is_option);
  const auto option = std::find_if(unread.begin(), unread.end(), is_option);
  const bool wants_command = at.command->get_require_subcommand_min() > 0;
  if (wants_command && word != unread.end()) {
    const auto group = at.command->get_parent() == nullptr ? std::string() : at.command->get_name() + " ";
    return "there is no command `" + group + printable(*word) + "`" + command_meant(*word, *at.command);
  }
  if (option != unread.end()) {
    const auto name = option->substr(0, option->find('='));
    return "there is no option `" + printable(name) + "`" + option_meant(name, at.command);
  }
  if (wants_command) return "a command is missing behind `" + at.words + "`";
  if (const auto missing = missing_of(*at.command); !missing.empty()) {
    return at.command->get_name() + " needs " + missing;
  }
  if (word != unread.end()) return "`" + printable(*word) + "` is one too many for " + at.command->get_name();
  return printable(without_parser_words(error.what()));
}

}  // namespace

std::string words_of(const CLI::App& app) {
  return follow_commands(app).words;
}

void tell_mistake(std::ostream& err, const CLI::App& app, const std::vector<std::string>& arguments,
                  const CLI::ParseError& error) {
  const auto unread = app.remaining(true);
  const auto at =
      has_word_before_command(app, unread, arguments) ? reached{&app, app.get_name()} : follow_commands(app);
  err << "sagactl: " << mistake_in_words(at, unread, arguments, error) << "\n  next: `" << at.words << " --help` "
      << (at.command->get_require_subcommand_min() > 0 ? "lists the commands" : "shows what it takes") << '\n';
}

}  // namespace sagad::sagactl
