#include <algorithm>
#include <array>

#include "config/fields.hpp"
#include "config/pages.hpp"

namespace sagad::config {
namespace {

constexpr std::size_t width = 100;
constexpr std::size_t text_column = 6;

constexpr std::string_view examples =
    R"(sagad runs business transactions that span services: sagas, journalled, undone when they cannot go on.

  sagad
      tries it out: on 127.0.0.1:7070, its journal in ./sagad-data, calling nobody yet

  sagad --config sagad.yaml
      the usual way. A file to begin with:

          definitions: sagas                 # a folder of *.yaml, applied to an empty journal
          participants:
            escrow:   {endpoints: ["http://127.0.0.1:8101"]}
            transfer: {endpoints: ["http://127.0.0.1:8102"]}

  sagad --config sagad.yaml --check-config
      tells every mistake at once, with its line and column, and starts nothing

  sagad --config sagad.yaml --listen 127.0.0.1:0 --port-file port --journal memory:
      for a test: any free port, written to the file `port`; nothing is kept

  sagad backup monday --config sagad.yaml
      a journal in a folder: copies it into the folder `monday`

  sagad migrate --config sagad.yaml --dry-run
      a journal in a database: what this sagad would change in its tables; without --dry-run it does

)";

struct command_help {
  std::string_view command;
  std::string_view text;
  std::array<std::string_view, 7> flags;  ///< those that count
};

constexpr command_help commands[] = {
    {"views rebuild",
     R"(sagad views rebuild [--name value ...]

Builds the views, which lists, searches and counts are answered from, anew from the journal, beside the ones in use.
sagad does it by itself when their file is missing, damaged or of another journal; this does it because you want it.
It ends when they have taken their place.

  sagad views rebuild --config sagad.yaml
      while sagad runs on that journal it is asked to do it, else this does it

  SAGAD_TOKEN=... sagad views rebuild --config sagad.yaml
      where the sagad that runs wants tokens: one with the role operator

  sagad views rebuild --journal log:sagad-data --listen 127.0.0.1:7070
      without a file: where the journal lies, and where the sagad that runs on it, if any, listens

Views that are in memory, as of a journal in a database without `views`, are those of the sagad at --listen alone: it is
asked, and of several nodes each has its own.
)",
     {"--config", "--journal", "--views", "--listen", "--port-file", "--accept-loss"}},
    {"backup",
     R"(sagad backup FOLDER [--name value ...]

Copies a journal that lies in a folder, as it is at one moment, into the new folder FOLDER, with checksums. sagad may
run on it meanwhile. What has the name FOLDER is whole: until then it is called FOLDER.partial.

  sagad backup monday --config sagad.yaml
      copies the journal that sagad.yaml names into the folder `monday`, which is not there yet

  cp -a monday sagad-data && sagad --config sagad.yaml --restored
      begins from a copy of it, in the folder that sagad.yaml names, where the journal was lost; --restored is given
      at this start alone

A journal in a database is copied by the database's own means (pg_dump, pg_basebackup).
)",
     {"--config", "--journal"}},
    {"migrate",
     R"(sagad migrate [--dry-run] [--raise] [--name value ...]

Brings the tables of a journal in a database to the version that this sagad needs. A start makes tables where there are
none, changes none that are there, and says when this is to be run first. With nothing to do it does nothing, so that it
may stand before every start.

  sagad migrate --config sagad.yaml --dry-run
      shows the steps that are missing, and which sagad may run meanwhile

  sagad migrate --config sagad.yaml
      does them, whole steps one by one; ended in its middle it goes on when it is run again

  sagad migrate --config sagad.yaml --raise
      once every node is of this version: lets records be written in the newest format

A journal in a folder needs none of it: a start brings it forward.
)",
     {"--dry-run", "--raise", "--config", "--journal"}},
};

void wrap(std::string& page, std::string_view text) {
  const std::string indent(text_column, ' ');
  std::string line;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (!line.empty() && text_column + line.size() + 1 + word.size() > width) {
      page += indent + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + std::string(word);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  if (!line.empty()) page += indent + line + "\n";
}

std::string first_sentence(std::string_view text) {
  std::string sentence(text.substr(0, text.find(". ")));
  if (sentence.back() == '.') sentence.pop_back();
  return sentence;
}

void add(std::string& page, const field<settings>& each) {
  settings defaults;
  const auto value = format(each.about, each.in(defaults));
  page += "  " + flag_of(each.about) + " " + std::string(each.about.form);
  page += value.empty() ? "\n" : "  (" + value + ")\n";
  wrap(page, first_sentence(each.about.text));
}

void add(std::string& page, const request_text& each, bool with_its_command) {
  page += "  " + std::string(each.flag) + (each.form.empty() ? "" : " " + std::string(each.form)) + "\n";
  wrap(page,
       (with_its_command && !each.of.empty() ? "of " + std::string(each.of) + ": " : "") + std::string(each.text));
}

void add_flag(std::string& page, std::string_view flag) {
  for (const auto& each : setting_fields()) {
    if (is_scalar(each.about) && flag_of(each.about) == flag) add(page, each);
  }
  for (const auto& each : requests()) {
    if (each.flag == flag) add(page, each, false);
  }
}

}  // namespace

std::string help_page() {
  std::string page(examples);
  page +=
      "Settings. Each is also a variable (--wait-max is SAGAD_WAIT_MAX) and a line of the file; a flag wins over the\n"
      "variable, the variable over the file. Tokens, participants and retentions stand in the file alone: see\n"
      "--config-reference.\n\n";
  for (const auto& each : setting_fields()) {
    if (is_scalar(each.about)) add(page, each);
  }
  page += "\nCommands, which stand before all flags. Each has a help of its own, as in `sagad backup --help`:\n\n";
  for (const auto& each : requests()) {
    if (is_command(each) || !each.of.empty()) add(page, each, true);
  }
  page += "\nAnd:\n\n";
  for (const auto& each : requests()) {
    if (!is_command(each) && each.of.empty()) add(page, each, true);
  }
  page +=
      "\nSIGTERM ends it: nothing new begins, open exchanges finish within --drain, the rest is safe in the journal. "
      "A\n"
      "second one ends it at once. It ends with 0, with 1 when it could not begin, with 2 for a mistake here, with 70\n"
      "when the journal's disk failed, with 130 after a second signal.\n";
  return page;
}

std::string command_help_page(std::string_view command) {
  std::string page;
  for (const auto& one : commands) {
    if (one.command != command && one.command.substr(0, one.command.find(' ')) != command) continue;
    page += one.text;
    page += "\nThe flags that count here, behind the command; all others are those of `sagad --help`:\n\n";
    for (const auto flag : one.flags) add_flag(page, flag);
  }
  return page +
         "\nIt ends with 0 when it is done, with 1 when it cannot be, with 2 for a mistake on the command line or in "
         "the\n"
         "file.\n";
}

}  // namespace sagad::config
