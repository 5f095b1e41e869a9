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

constexpr std::string_view views_help =
    R"(sagad views rebuild [--name value ...]

Builds the views, which lists, searches and counts are answered from, anew from the journal, beside the ones in use.
sagad does it by itself when their file is missing, damaged or of another journal; this does it because you want it.

  sagad views rebuild --config sagad.yaml
      while sagad runs on that journal it is asked to do it, else this does it; ends when they have taken their place

  SAGAD_TOKEN=... sagad views rebuild --config sagad.yaml
      where the sagad that runs wants tokens: one with the role operator

  sagad views rebuild --journal log:sagad-data --listen 127.0.0.1:7070
      without a file: where the journal lies, and where the sagad that runs on it, if any, listens

The flags are those of `sagad --help`, and stand behind `views rebuild`. These count here: --config, --journal, --views,
--listen, --port-file, --accept-loss. It ends with 0 when the views are built, with 1 when they could not be, with 2 for
a mistake on the command line or in the file.
)";

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

std::string_view first_sentence(std::string_view text) {
  return text.substr(0, text.find(". "));
}

}  // namespace

std::string views_help_page() {
  return std::string(views_help);
}

std::string help_page() {
  std::string page(examples);
  page +=
      "Settings. Each is also a variable (--wait-max is SAGAD_WAIT_MAX) and a line of the file; a flag wins over the\n"
      "variable, the variable over the file. Tokens, participants and retentions stand in the file alone: see\n"
      "--config-reference.\n\n";
  settings defaults;
  for (const auto& each : setting_fields()) {
    if (!is_scalar(each.about)) continue;
    const auto value = format(each.about, each.in(defaults));
    page += "  " + flag_of(each.about) + " " + std::string(each.about.form);
    page += value.empty() ? "\n" : "  (" + value + ")\n";
    auto sentence = std::string(first_sentence(each.about.text));
    if (sentence.back() == '.') sentence.pop_back();
    wrap(page, sentence);
  }
  page += "\nAnd:\n\n";
  for (const auto& each : requests()) {
    page += "  " + std::string(each.flag) + (each.form.empty() ? "" : " " + std::string(each.form)) + "\n";
    wrap(page, each.text);
  }
  page +=
      "\nSIGTERM ends it: nothing new begins, open exchanges finish within --drain, the rest is safe in the journal. "
      "A\n"
      "second one ends it at once. It ends with 0, with 1 when it could not begin, with 2 for a mistake here, with 70\n"
      "when the journal's disk failed, with 130 after a second signal.\n";
  return page;
}

}  // namespace sagad::config
