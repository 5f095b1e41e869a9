#pragma once

#include <string>
#include <string_view>

#include "config/draft.hpp"

/// What the binary says about its configuration, made from the table of settings.
namespace sagad::config {

/// For `--help`.
std::string help_page();

/// For `--help` behind one of the commands, as `migrate`; `views` is `views rebuild`, too.
std::string command_help_page(std::string_view command);

/// For `--config-reference`: Markdown, the same on every machine.
std::string reference_page();

/// For `--print-config`: YAML that can be read again (but for tokens, whose hashes are left out), each value with where
/// it comes from.
std::string effective_page(const draft& read);

}  // namespace sagad::config
