#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/members.hpp"
#include "base/problem.hpp"
#include "runtime/request.hpp"

namespace sagad::api {

/// What a command's body says; what cannot be so is the problem.
std::optional<problem> read_command(std::string_view body, runtime::command_request& out);

/// One member of it.
std::optional<problem> read_command_member(const member& given, runtime::command_request& out);

/// Whether what was read makes sense together.
std::optional<problem> unlike_a_command(const runtime::command_request& read);

/// A text of at most 1024 bytes.
std::optional<problem> read_short_text(std::string_view raw, std::string_view name, std::string& out);

}  // namespace sagad::api
