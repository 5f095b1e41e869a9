#pragma once

#include <optional>
#include <string>

#include "sagactl/exit_code.hpp"
#include "sagactl/session.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace sagad::sagactl {

/// The positional that says which saga a command is about.
CLI::Option* add_saga(CLI::App& command, std::string& saga);

/// Which saga was meant: an id as it is; anything else is the key of a start, which the server is asked for. It becomes
/// the session's saga.
struct meant_saga {
  std::optional<std::string> id;      ///< none: it was said why
  exit_code why_not = exit_code::ok;  ///< where there is none
};
meant_saga find_saga(session& with, const std::string& given);

}  // namespace sagad::sagactl
