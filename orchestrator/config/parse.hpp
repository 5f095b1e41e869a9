#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "config/settings.hpp"

namespace sagad::config {

/// A variable's value, or nothing when it is not set.
using environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The process's own.
environment process_environment();

/// Nothing is to be run: something was asked for and is in `text`, or something is wrong.
struct exit {
  int code = 0;      ///< 0, or 2 for a mistake
  std::string text;  ///< whole lines; of code 0 for standard output, else for standard error
};

using outcome = std::variant<settings, exit>;

/// What was asked for: by flag, else by variable, else in the file that --config names, else by default. Reads that
/// file and those that credentials lie in; touches nothing else.
///
///     auto wanted = config::parse(argc, argv, config::process_environment());
///     if (const auto* end = std::get_if<config::exit>(&wanted)) { print(*end); return end->code; }
outcome parse(int argc, const char* const* argv, const environment& variables);

}  // namespace sagad::config
