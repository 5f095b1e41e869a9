#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <ostream>

#include "sagactl/commands.hpp"
#include "sagactl/reply.hpp"
#include "sagactl/saga_filter.hpp"

namespace sagad::sagactl {
namespace {

constexpr const char* completion_footer = R"(Where the scripts belong; the next shell that begins has them:
  mkdir -p ~/.local/share/bash-completion/completions ~/.zfunc ~/.config/fish/completions
  sagactl completion bash > ~/.local/share/bash-completion/completions/sagactl
  sagactl completion zsh > ~/.zfunc/_sagactl            with fpath+=(~/.zfunc) before compinit in ~/.zshrc
  sagactl completion fish > ~/.config/fish/completions/sagactl.fish

In this shell alone, now: source <(sagactl completion bash)

    Commands,
    options, states of sagas,
    errors and the names of the server's definitions are completed; else files.)";

// Each asks `sagactl completion words` with what stands on the line, the word under the cursor last.
constexpr const char* bash_script = R"(# bash completion for sagactl
_sagactl() {
  local IFS=$'\n'
  COMPREPLY=($(sagactl completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _sagactl sagactl
)";

constexpr const char* zsh_script = R"(#compdef sagactl
_sagactl() {
  local -a found
  found=("${(@f)$(sagactl completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${found[*]}" ]]; then
    compadd -- "${found[@]}"
  else
    _files
  fi
}
compdef _sagactl sagactl
)";

constexpr const char* fish_script = R"(# fish completion for sagactl
function __sagactl_words
  set -l typed (commandline -opc)
  sagactl completion words -- $typed[2..-1] (commandline -ct) 2>/dev/null
end
complete -c sagactl -a '(__sagactl_words)'
)";

constexpr std::array<const char*, 3> shells{"bash", "zsh", "fish"};

constexpr const char* shell_missing =
    "completion needs SHELL, one of bash, zsh, fish, and prints its script, to be kept where that shell looks: "
    "`d=~/.local/share/bash-completion/completions; mkdir -p $d && sagactl completion bash > $d/sagactl`";

// What stands before the cursor, followed through the commands.
struct typed_line {
  const CLI::App* command = nullptr;
  const CLI::Option* awaits_value = nullptr;
  std::size_t positionals = 0;
};

const CLI::Option* find_option(const CLI::App* command, const std::string& name) {
  for (; command != nullptr; command = command->get_parent()) {
    if (const auto* found = command->get_option_no_throw(name)) return found;
  }
  return nullptr;
}

const CLI::App* find_command(const CLI::App* in, const std::string& name) {
  for (const auto* inner : in->get_subcommands([](const CLI::App*) { return true; })) {
    if (inner->get_name() == name) return inner;
  }
  return nullptr;
}

typed_line follow_words(const CLI::App& root, const std::vector<std::string>& words) {
  typed_line line{&root};
  for (std::size_t at = 0; at + 1 < words.size(); ++at) {
    const auto& word = words[at];
    if (line.awaits_value != nullptr) {
      line.awaits_value = nullptr;
    } else if (word.size() > 1 && word.front() == '-') {
      const auto* option = word.find('=') == std::string::npos ? find_option(line.command, word) : nullptr;
      if (option != nullptr && option->get_items_expected_max() > 0) line.awaits_value = option;
    } else if (const auto* inner = find_command(line.command, word)) {
      line.command = inner;
      line.positionals = 0;
    } else {
      ++line.positionals;
    }
  }
  return line;
}

class candidates {
 public:
  candidates(session& with, std::string typed) : with_(with), typed_(std::move(typed)) {}

  void add(const std::string& word) {
    if (word.compare(0, typed_.size(), typed_) == 0) with_.out << word << '\n';
  }

  void add_options(const CLI::App* command) {
    for (; command != nullptr; command = command->get_parent()) {
      for (const auto* option : command->get_options()) {
        for (const auto& name : option->get_lnames()) add("--" + name);
      }
    }
  }

  void add_commands(const CLI::App* command) {
    for (const auto* inner : command->get_subcommands([](const CLI::App*) { return true; })) {
      if (!inner->get_group().empty()) add(inner->get_name());
    }
  }

  // Nothing where the server does not answer at once: somebody waits with a finger on the key.
  void add_definitions() {
    http_request what;
    what.target = "/v1/definitions";
    what.patience = std::chrono::milliseconds(1000);
    const auto answer = ask(with_, what);
    const auto list = answer.view()["definitions"];
    for (std::size_t at = 0; answer.good() && at < list.size(); ++at) add(list.at(at).text("name"));
  }

 private:
  session& with_;
  const std::string typed_;
};

exit_code complete(session& with, const CLI::App& root, const std::vector<std::string>& words) {
  if (words.empty()) return exit_code::ok;
  const auto line = follow_words(root, words);
  candidates found(with, words.back());
  const auto name = line.command->get_name();
  if (line.awaits_value != nullptr) {
    if (line.awaits_value->check_lname("state")) {
      for (const auto& state : state_names()) found.add(state);
      found.add("unfinished");
    }
    if (line.awaits_value->check_lname("error")) {
      for (const auto& error : error_names()) found.add(error);
    }
    if (line.awaits_value->check_lname("definition")) found.add_definitions();
  } else if (!words.back().empty() && words.back().front() == '-') {
    found.add_options(line.command);
  } else {
    found.add_commands(line.command);
    const bool first = line.positionals == 0;
    if (first && name == "completion") {
      for (const auto* shell : shells) found.add(shell);
    }
    const bool in_definitions =
        line.command->get_parent() != nullptr && line.command->get_parent()->get_name() == "definitions";
    if (first && (name == "start" || ((name == "get" || name == "retire") && in_definitions))) found.add_definitions();
  }
  return exit_code::ok;
}

}  // namespace

void add_completion(CLI::App& app, chosen_command& chosen) {
  auto shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion", "Print the script that completes sagactl's commands in a shell");
  command->footer(completion_footer);
  auto* named =
      command->add_option("shell", *shell, "bash, zsh or fish")->check(CLI::IsMember({"bash", "zsh", "fish"}));

  auto* words = command->add_subcommand("words", "What may stand where the last word does");
  words->group("");           // the scripts' own
  words->fallthrough(false);  // what follows is of the line that is completed, not of this one
  auto typed = std::make_shared<std::vector<std::string>>();
  words->add_option("typed", *typed, "Behind --: the words of the line, the one under the cursor last");
  words->callback(
      [&app, &chosen, typed] { chosen = [&app, typed](session& with) { return complete(with, app, *typed); }; });
  command->callback([&chosen, shell, words, named] {
    if (words->parsed()) return;
    if (named->empty()) throw CLI::ValidationError(shell_missing);
    chosen = [shell](session& with) {
      with.out << (*shell == "bash" ? bash_script : *shell == "zsh" ? zsh_script : fish_script);
      return exit_code::ok;
    };
  });
}

}  // namespace sagad::sagactl
