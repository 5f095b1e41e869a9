#include "sagactl/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <stdexcept>

#include "sagactl/command_line_mistake.hpp"
#include "sagactl/commands.hpp"
#include "sagactl/help_format.hpp"
#include "sagactl/json_view.hpp"

namespace sagad::sagactl {
namespace {

constexpr const char* footer = R"(Begin with:
  sagactl health                               is the server there?
  sagactl definitions list                     what can be started
  sagactl definitions try sale.yaml            what a definition does when something fails; no server is asked
  sagactl start sale order.json --wait 10s     start a saga, wait for its end
  sagactl list --state stuck                   what waits for a person
  sagactl explain SAGA                         why it is where it is, until when, and what can be done

Exit codes: 0 done, 1 refused by the server or not as expected, 2 the command line or a file is wrong, 3 no answer from
the server, 4 final, but compensated or resolved, 5 not final in time.)";

struct global_options {
  std::string server = "http://127.0.0.1:7070";
  std::string token;
  bool json = false;
};

void add_globals(CLI::App& app, global_options& globals) {
  app.add_option("--server", globals.server, "Where sagad listens")->envname("SAGACTL_SERVER")->capture_default_str();
  app.add_option("--token", globals.token, "Bearer token; better in the environment, where `ps` does not show it")
      ->envname("SAGACTL_TOKEN");
  app.add_flag("--json", globals.json, "Print the server's answer, for programs");
  app.set_version_flag("--version", "sagactl " SAGACTL_VERSION, "Print sagactl's version");
}

std::string for_shell(const std::string& word) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:=,@%+~";
  if (!word.empty() && word.front() != '~' && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string out = "'";
  for (const char letter : word) out += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return out + "'";
}

// What was typed, to be typed again. A token does not belong where others read along.
std::string typed_words(const std::vector<std::string>& arguments) {
  std::string out = "sagactl";
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const bool with_value = arguments[at].rfind("--token=", 0) == 0;
    if (arguments[at] == "--token")
      ++at;
    else if (!with_value)
      out += " " + for_shell(arguments[at]);
  }
  return printable(out);
}

// Puts the commands that were added since the last time under a heading.
void gather(CLI::App& app, const std::string& heading) {
  const std::string not_gathered = CLI::App().get_group();
  for (auto* command : app.get_subcommands([](CLI::App*) { return true; })) {
    if (command->get_group() == not_gathered) command->group(heading);
  }
}

exit_code run_chosen(const chosen_command& chosen, const global_options& globals, const std::string& typed,
                     const std::string& command, const surroundings& around) {
  try {
    const auto server = around.connect(globals.server, globals.token);
    session with{*server,
                 around.in,
                 around.out,
                 around.err,
                 globals.json,
                 globals.server,
                 around.now,
                 around.pause,
                 around.fresh_name,
                 around.terminal,
                 [&] { return around.connect(globals.server, globals.token); },
                 typed,
                 command,
                 {},
                 around.interrupted};
    return chosen(with);
  } catch (const std::exception& error) {
    around.err << "sagactl: " << error.what() << '\n';
    return exit_code::usage;
  }
}

}  // namespace

exit_code run(std::vector<std::string> arguments, const surroundings& around) {
  CLI::App app("sagactl: start, watch and repair sagas of a sagad server", "sagactl");
  global_options globals;
  chosen_command chosen;
  app.footer(footer);
  app.require_subcommand(1);
  app.fallthrough();
  add_globals(app, globals);
  app.formatter(help_format());
  add_start(app, chosen);
  add_looking(app, chosen);
  gather(app, "Start and look");
  add_operating(app, chosen);
  add_jobs(app, chosen);
  gather(app, "Mend");
  add_definitions(app, chosen);
  gather(app, "Definitions");
  add_server(app, chosen);
  add_completion(app, chosen);
  gather(app, "Server and shell");
  const auto typed = typed_words(arguments);
  set_screen(around.out, around.shown);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::Success& asked) {  // --help, --version
    app.exit(asked, around.out, around.err);
    return exit_code::ok;
  } catch (const CLI::ParseError& error) {
    tell_mistake(around.err, app, arguments, error);
    return exit_code::usage;
  }
  return run_chosen(chosen, globals, typed, words_of(app), around);
}

}  // namespace sagad::sagactl
