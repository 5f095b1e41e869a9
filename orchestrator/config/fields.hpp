#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/field.hpp"
#include "config/settings.hpp"

namespace sagad::config {

/// A token as the file has it.
struct token_entry {
  std::string name;
  std::string token_sha256;
  std::vector<std::string> roles;
  std::vector<std::string> definitions;
};

/// The one table of everything that can be set, with what one token, one participant and one retention can have. Names
/// of flags and variables are unique.
std::span<const field<settings>> setting_fields();
std::span<const field<token_entry>> token_fields();
std::span<const field<participant>> participant_fields();
std::span<const field<definition_retention>> retention_fields();

/// What is asked for on the command line and is no setting.
struct request_text {
  std::string_view flag;
  std::string_view form;  ///< of its value; empty: it takes none
  std::string_view text;
  std::string_view of = {};  ///< the command that it goes with alone
};
std::span<const request_text> requests();

/// Whether it is one that sagad does in place of serving, as `migrate`; its flags stand behind it.
inline bool is_command(const request_text& one) noexcept {
  return one.flag.front() != '-';
}

}  // namespace sagad::config
