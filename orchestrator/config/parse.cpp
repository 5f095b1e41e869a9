#include "config/parse.hpp"

#include <cstdlib>

#include "config/checks.hpp"
#include "config/command_line.hpp"
#include "config/fields.hpp"
#include "config/pages.hpp"
#include "config/quantities.hpp"
#include "config/read_file.hpp"

namespace sagad::config {
namespace {

void give(const field<settings>& setting, const std::string& value, const origin& by, draft& into) {
  into.origins[std::string(setting.about.key)] = by;
  if (const auto why = assign(setting.about, setting.in(into.wanted), value)) into.found.add(by, *why);
}

// An empty variable is one that is not set: that is how it is left out of a service's environment.
std::optional<std::string> value_of(const environment& variables, const std::string& name) {
  auto value = variables(name);
  if (value && value->empty()) value.reset();
  return value;
}

void read_config_file(const command_line& given, const environment& variables, draft& into) {
  const auto flag = given.requests.find("--config");
  if (flag != given.requests.end()) {
    read_file(flag->second, {origin::from::flag, "--config"}, variables, into);
  } else if (const auto path = value_of(variables, "SAGAD_CONFIG")) {
    read_file(*path, {origin::from::variable, "SAGAD_CONFIG"}, variables, into);
  }
}

void read_variables(const environment& variables, draft& into) {
  for (const auto& each : setting_fields()) {
    if (!is_scalar(each.about)) continue;
    const auto name = variable_of(each.about);
    if (const auto value = value_of(variables, name)) give(each, *value, {origin::from::variable, name}, into);
  }
}

void take_flags(const command_line& given, draft& into) {
  for (const auto& [about, value] : given.settings) {
    for (const auto& each : setting_fields()) {
      if (&each.about == about) give(each, value, {origin::from::flag, flag_of(*about)}, into);
    }
  }
}

// Each reactor needs a share of what all of them may have.
void check_shares(draft& read) {
  const auto reactors = read.wanted.reactors;
  const auto where = read.origins.find("reactors");
  if (where == read.origins.end()) return;
  const std::string key = where->second.given == origin::from::file ? "reactors: " : "";
  for (const auto& limit : shared_limits(read.wanted)) {
    if (limit.value >= reactors) continue;
    read.found.add(where->second, key + "`" + std::to_string(reactors) + "` reactors cannot share " + limit.key +
                                      ", which is " + std::to_string(limit.value) + ": write at most " +
                                      std::to_string(limit.value) + " reactors, or " + limit.key + " of at least " +
                                      std::to_string(reactors));
  }
}

// A key that is free while its saga's history is there would begin a second saga beside it.
void check_retentions(draft& read) {
  const auto history = format_duration(read.wanted.history_retention);
  if (read.wanted.start_key_retention >= read.wanted.history_retention) return;
  const auto keys = read.origins.find("start_key_retention");
  const auto where = keys != read.origins.end() ? keys : read.origins.find("history_retention");
  const std::string key =
      where != read.origins.end() && where->second.given == origin::from::file ? where->first + ": " : std::string();
  read.found.add(where == read.origins.end() ? origin{} : where->second,
                 key + "start_key_retention, " + format_duration(read.wanted.start_key_retention) +
                     ", is shorter than history_retention, " + history + ": write start_key_retention of at least " +
                     history + ", or a shorter history_retention");
}

// What is kept longer is copied when the rest goes: a shorter time would change nothing.
void check_retentions_of_definitions(draft& read) {
  const auto& usual = read.wanted.history_retention;
  const auto& keys = read.wanted.start_key_retention;
  for (const auto& one : read.wanted.retentions) {
    const auto key = "retentions." + one.definition + ".history";
    const auto where = read.origins.find(key);
    if (where == read.origins.end() || one.history == 0 || (one.history >= usual && one.history <= keys)) continue;
    const bool shorter = one.history < usual;
    const auto fits = format_duration(usual) + (usual == keys ? "" : " to " + format_duration(keys));
    read.found.add(where->second,
                   key + ": `" + format_duration(one.history) + "` is " + (shorter ? "shorter" : "longer") + " than " +
                       (shorter ? "history_retention" : "start_key_retention") + ", " +
                       format_duration(shorter ? usual : keys) + ": write " + (usual == keys ? "" : "one from ") +
                       fits + ", or a " + (shorter ? "shorter history_retention" : "longer start_key_retention"));
  }
}

// Histories that are to be kept must not go for want of a place.
void check_what_a_database_lacks(draft& read) {
  const auto refuse = [&read](const std::string& name) {
    // Of retentions each definition's origin is kept, and none of the whole.
    const auto where = read.origins.lower_bound(name);
    read.found.add(where == read.origins.end() ? origin{} : where->second,
                   name +
                       " goes with a log: journal: a database keeps each history for history_retention, and then "
                       "deletes it; leave it out");
  };
  if (!read.wanted.archive.empty()) refuse("archive");
  if (!read.wanted.retentions.empty()) refuse("retentions");
}

void check_journal(const command_line& given, draft& read) {
  const bool database = !database_url(read.wanted).empty();
  if (database) check_what_a_database_lacks(read);
  if (!database && !log_directory(read.wanted).empty()) return;
  for (const std::string flag : {"--restored", "--accept-loss"}) {
    if (given.asked.count(flag) == 0) continue;
    read.found.add({origin::from::flag, flag},
                   database ? "goes with a log: journal: a database is restored by its own means"
                            : "goes with a log: journal, and this one is in memory: name its folder with --journal");
  }
}

// What no single setting can tell.
void check_whole(draft& read) {
  check_shares(read);
  check_retentions(read);
  check_retentions_of_definitions(read);
  const auto& listen = read.wanted.listen;
  // Tokens that are mistaken are told already; they are not missing.
  const bool tokens_written = read.origins.count("tokens") != 0 && !(read.wanted.tokens.empty() && read.found.empty());
  if (check::is_loopback(listen) || tokens_written) return;
  const auto where = read.origins.find("listen");
  const std::string key = where != read.origins.end() && where->second.given == origin::from::file ? "listen: " : "";
  read.found.add(
      where == read.origins.end() ? origin{} : where->second,
      key + "`" + listen +
          "` can be reached from other machines, and nobody needs a token: name who may call in the file of "
          "--config, as in `tokens: [{name: ops, token_sha256: ..., roles: [operator, reader]}]`, or listen on "
          "127.0.0.1:7070");
}

// A backup is all that is done then.
void check_backup(const command_line& given, mistakes& found) {
  const auto to = given.requests.find("backup");
  if (to == given.requests.end()) return;
  const origin backup{origin::from::flag, "backup"};
  if (to->second.empty())
    found.add(backup, "needs the name of the folder that is to be made, as in `sagad backup monday`");
  for (const auto* other : {"views rebuild", "--restored", "--accept-loss"}) {
    if (given.asked.count(other) != 0) found.add(backup, "cannot go with `" + std::string(other) + "`: leave one out");
  }
}

void check_migrate(const command_line& given, mistakes& found) {
  const auto asked = [&](std::string_view what) { return given.asked.count(what) != 0; };
  for (const std::string flag : {"--dry-run", "--raise"}) {
    if (!asked(flag) || asked("migrate")) continue;
    found.add({origin::from::flag, flag}, "goes with `migrate` alone, as in `sagad migrate " + flag + "`");
  }
  if (!asked("migrate")) return;
  for (const auto* other : {"backup", "views rebuild", "--restored", "--accept-loss"}) {
    if (!asked(other) && given.requests.count(other) == 0) continue;
    found.add({origin::from::flag, "migrate"}, "cannot go with `" + std::string(other) + "`: leave one out");
  }
}

exit mistaken(const command_line& given, const mistakes& found) {
  const auto count = found.size();
  const auto command = given.command.empty() ? "" : std::string(given.command) + " ";
  const auto next = given.unknown ? "  next: `sagad " + command + "--help` shows what it takes\n" : "";
  return {2, std::string("sagad: the ") + (found.all_from(origin::from::flag) ? "command line" : "configuration") +
                 " has " + (count == 1 ? "a mistake" : std::to_string(count) + " mistakes") + ":\n" + found.told() +
                 next};
}

}  // namespace

environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

outcome parse(int argc, const char* const* argv, const environment& variables) {
  draft read;
  const auto given = read_command_line(argc, argv, read.found);
  const auto asked = [&](std::string_view flag) { return given.asked.count(flag) != 0; };
  if (asked("--help")) return exit{0, given.command.empty() ? help_page() : command_help_page(given.command)};
  if (asked("--version")) return exit{0, "sagad " SAGAD_VERSION "\n"};
  if (asked("--config-reference")) return exit{0, reference_page()};

  read_config_file(given, variables, read);
  read_variables(variables, read);
  take_flags(given, read);
  check_whole(read);
  check_journal(given, read);
  check_backup(given, read.found);
  check_migrate(given, read.found);
  if (!read.found.empty()) return mistaken(given, read.found);

  read.wanted.accept_loss = asked("--accept-loss");
  read.wanted.restored = asked("--restored");
  if (const auto to = given.requests.find("backup"); to != given.requests.end()) read.wanted.backup = to->second;
  read.wanted.rebuild_views = asked("views rebuild");
  read.wanted.migrate = asked("migrate");
  read.wanted.dry_run = asked("--dry-run");
  read.wanted.raise = asked("--raise");
  if (asked("--print-config")) return exit{0, effective_page(read)};
  if (asked("--check-config")) return exit{0, "sagad: the configuration is good\n"};
  return std::move(read.wanted);
}

}  // namespace sagad::config
