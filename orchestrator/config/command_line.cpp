#include "config/command_line.hpp"

#include "base/nearest.hpp"
#include "config/fields.hpp"

namespace sagad::config {
namespace {

struct known_flag {
  std::string name;
  std::string_view form;  // empty: takes no value
  const field_text* setting = nullptr;
  const request_text* request = nullptr;
};

std::vector<known_flag> known_flags() {
  std::vector<known_flag> known;
  for (const auto& each : setting_fields()) {
    if (is_scalar(each.about)) known.push_back({flag_of(each.about), each.about.form, &each.about, nullptr});
  }
  for (const auto& each : requests()) known.push_back({std::string(each.flag), each.form, nullptr, &each});
  return known;
}

constexpr std::string_view views_taught =
    "`views` has one command, `rebuild`, which stands first, with the flags behind it: `sagad views rebuild --config "
    "sagad.yaml` builds the file of lists, searches and counts anew from the journal, beside the one in use; sagad may "
    "run "
    "meanwhile, and is asked to do it, with the token in SAGAD_TOKEN";

// What flags of the kind are called elsewhere, and how they are written here.
constexpr std::pair<std::string_view, std::string_view> other_names[] = {
    {"--port", "--listen 127.0.0.1:7070"},
    {"-p", "--listen 127.0.0.1:7070"},
    {"--host", "--listen 127.0.0.1:7070"},
    {"--bind", "--listen 127.0.0.1:7070"},
    {"--address", "--listen 127.0.0.1:7070"},
    {"-c", "--config sagad.yaml"},
    {"-f", "--config sagad.yaml"},
    {"--file", "--config sagad.yaml"},
    {"--data", "--journal log:sagad-data"},
    {"--data-dir", "--journal log:sagad-data"},
    {"-d", "--journal log:sagad-data"},
    {"--database", "--journal postgresql://USER@HOST/DATABASE"},
    {"--db", "--journal postgresql://USER@HOST/DATABASE"},
    {"-v", "--version"},
    {"-V", "--version"},
};

class flag_reader {
 public:
  explicit flag_reader(mistakes& found) : found_(found) {}

  // Takes one argument; returns whether it took the next one, too.
  bool take(std::string_view argument, const char* next) {
    if (argument == "-h") argument = "--help";
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals);
    const known_flag* flag = find(name);
    if (flag == nullptr) {
      tell_unknown(name);
      return name.substr(0, 1) == "-" && equals == std::string_view::npos && is_value(next);  // meant as its value
    }
    const bool has_value = equals != std::string_view::npos;
    if (!seen_.insert(flag->name).second) tell(flag->name, "is given twice: leave one out");
    if (line_.command.empty() && flag->request != nullptr && is_command(*flag->request)) {
      line_.command = flag->request->flag;
    }
    if (flag->form.empty()) {
      if (has_value) tell(flag->name, "takes no value");
      line_.asked.insert(flag->request->flag);
      return false;
    }
    const bool next_is_value = !has_value && is_value(next);
    if (!has_value && !next_is_value) {
      tell(flag->name, "needs a value: " + std::string(flag->form) + example_of(*flag));
      return false;
    }
    keep(*flag, has_value ? std::string(argument.substr(equals + 1)) : std::string(next));
    return next_is_value;
  }

  void begin_with_views() { line_.command = "views"; }

  command_line done() { return std::move(line_); }

 private:
  static std::string example_of(const known_flag& flag) {
    if (flag.name == "backup") return ", which it makes, as in `sagad backup monday`";
    if (flag.name == "--config") return ", as in --config sagad.yaml";
    settings defaults;
    for (const auto& each : setting_fields()) {
      if (&each.about != flag.setting) continue;
      const auto value = format(each.about, each.in(defaults));
      return value.empty() ? "" : ", as in " + flag.name + " " + value;
    }
    return {};
  }

  static bool is_value(const char* word) {
    return word != nullptr && std::string_view(word) != "-h" && std::string_view(word).substr(0, 2) != "--";
  }

  const known_flag* find(std::string_view name) const {
    for (const auto& each : known_) {
      if (each.name == name) return &each;
    }
    return nullptr;
  }

  void tell(const std::string& flag, std::string text) { found_.add({origin::from::flag, flag}, std::move(text)); }

  void tell_unknown(std::string_view name) {
    line_.unknown = true;
    if (name == "views") return tell({}, std::string(views_taught));
    if (name.ends_with(".yaml") || name.ends_with(".yml")) {
      tell({}, "`" + std::string(name) + "` is no flag: a file of settings is given as --config " + std::string(name));
      return;
    }
    if (name.substr(0, 1) != "-") return tell({}, told_of_word(name));
    const auto begin = "`" + std::string(name) + "` is no flag";
    for (const auto& [other, ours] : other_names) {
      if (name == other) return tell({}, begin + ": did you mean `" + std::string(ours) + "`?");
    }
    // Of so many flags those that are not near tell nothing.
    const auto near = hint(name, names());
    tell({}, near.starts_with(": did you mean") ? begin + near : begin);
  }

  std::vector<std::string_view> names() const {
    std::vector<std::string_view> all;
    for (const auto& each : known_) all.push_back(each.name);
    return all;
  }

  std::string told_of_word(std::string_view word) const {
    const auto begin = "`" + std::string(word) + "` is no ";
    std::vector<std::string_view> commands{"views", "rebuild"};
    for (const auto& each : requests()) {
      if (is_command(each)) commands.push_back(each.flag);
    }
    const auto near = nearest(word, commands);
    if (near == "rebuild" || near == "views") return begin + "command: did you mean `views rebuild`?";
    if (!near.empty()) return begin + "command: did you mean `" + std::string(near) + "`?";
    if (const auto flag = meant("--" + std::string(word), names()); !flag.empty()) return begin + "command" + flag;
    if (!line_.command.empty() || !seen_.empty()) return begin + "flag: settings are written --name value";
    return begin +
           "command: without any sagad serves, as in `sagad --config sagad.yaml`, its own are `backup`, `views "
           "rebuild` "
           "and `migrate`, and what is asked of a sagad that runs is asked by `sagactl`";
  }

  void keep(const known_flag& flag, std::string value) {
    if (flag.setting != nullptr) {
      line_.settings.emplace_back(flag.setting, std::move(value));
    } else {
      line_.requests[flag.request->flag] = std::move(value);
    }
  }

  mistakes& found_;
  std::vector<known_flag> known_ = known_flags();
  std::set<std::string> seen_;
  command_line line_;
};

}  // namespace

command_line read_command_line(int argc, const char* const* argv, mistakes& found) {
  flag_reader reader(found);
  int at = 1;
  const bool views = argc > 1 && std::string_view(argv[1]) == "views";
  if (views) reader.begin_with_views();
  if (views && argc > 2 && argv[2][0] != '-') {
    const bool rebuild = std::string_view(argv[2]) == "rebuild";
    reader.take(rebuild ? "views rebuild" : "views", nullptr);
    at = rebuild ? 3 : argc;
  }
  for (; at < argc; ++at) {
    const bool took_next = reader.take(argv[at], at + 1 < argc ? argv[at + 1] : nullptr);
    if (took_next) ++at;
  }
  return reader.done();
}

}  // namespace sagad::config
