#include "sagactl/help_format.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <string>

namespace sagad::sagactl {
namespace {

// What an option takes, of how the library names it: `TEXT`, `TEXT:{action,compensation}`, `INT:INT in [1 - 1000]`.
std::string taken(const std::string& type) {
  const auto choices = type.find(":{");
  if (choices != std::string::npos) {
    auto out = type.substr(choices + 2, type.rfind('}') - choices - 2);
    std::replace(out.begin(), out.end(), ',', '|');
    return out;
  }
  if (type.rfind("TEXT", 0) == 0) return "TEXT";
  const auto range = type.find(" in [");
  if (range == std::string::npos) return "N";
  const auto bounds = type.substr(range + 5, type.rfind(']') - range - 5);
  const auto dash = bounds.find(" - ");
  return "N (" + bounds.substr(0, dash) + " to " + bounds.substr(dash + 3) + ")";
}

class format final : public CLI::Formatter {
 public:
  format() { label("Positionals", "Arguments"); }

  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string out = "Usage: " + name;
    const auto all = app->get_options();
    for (const auto* option : all) {
      if (option->get_positional()) out += " " + make_option_usage(option);
    }
    for (const auto* option : all) {
      if (!option->get_positional() && option->get_required())
        out += " " + option->get_name() + " " + taken(option->get_type_name());
    }
    const auto commands = app->get_subcommands([](const CLI::App* inner) { return !inner->get_group().empty(); });
    if (!commands.empty()) out += " COMMAND";
    return out + " [OPTIONS]\n";
  }

  std::string make_footer(const CLI::App* app) const override {
    auto out = CLI::Formatter::make_footer(app);
    if (app->get_parent() == nullptr) return out;
    if (!out.empty()) out += "\n";
    return out + "Every command takes --server URL, --token TOKEN and --json, too: see `sagactl --help`.\n";
  }

  std::string make_option_name(const CLI::Option* option, bool positional) const override {
    auto name = CLI::Formatter::make_option_name(option, positional);
    if (!positional) return name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return name;
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    std::string out;
    if (option->get_positional()) return out;
    if (option->get_items_expected_max() > 0) out += " " + taken(option->get_type_name());
    if (!option->get_default_str().empty()) out += ", " + option->get_default_str() + " without";
    if (!option->get_envname().empty()) out += ", or " + option->get_envname();
    for (const auto* other : option->get_needs()) out += ", with " + other->get_name();
    return out;
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_format() {
  return std::make_shared<format>();
}

}  // namespace sagad::sagactl
