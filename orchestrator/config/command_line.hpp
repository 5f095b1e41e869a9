#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/field.hpp"
#include "config/mistakes.hpp"

namespace sagad::config {

/// What stands on a command line.
struct command_line {
  std::set<std::string_view> asked;  ///< flags without a value: `--help`
  std::string_view command;          ///< the first one, as `migrate`; of `views` without `rebuild` that alone
  bool unknown = false;              ///< something is neither flag nor command
  std::map<std::string_view, std::string> requests;                 ///< flags of no setting with one: `--config`
  std::vector<std::pair<const field_text*, std::string>> settings;  ///< in the order given
};

/// Splits it by the table: `--name value` or `--name=value`, each once. `views rebuild` may stand before them all.
command_line read_command_line(int argc, const char* const* argv, mistakes& found);

}  // namespace sagad::config
