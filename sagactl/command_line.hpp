#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sagactl/exit_code.hpp"
#include "sagactl/screen.hpp"
#include "sagactl/session.hpp"

namespace sagad::sagactl {

/// Everything a run takes from outside.
struct surroundings {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  /// A way to a server, with a token or an empty one. Throws std::invalid_argument for a server that cannot be.
  std::function<std::unique_ptr<transport>(const std::string& server, const std::string& token)> connect;
  std::function<std::int64_t()> now;
  std::function<void(std::chrono::milliseconds)> pause;
  std::function<std::string()> fresh_name;
  bool terminal = false;  ///< `err` is one
  screen shown;           ///< of `out`
  /// Whether somebody wants it to end. Who asks has to go on asking: Ctrl-C does not end the process any more.
  std::function<bool()> interrupted;
};

/// Reads the command line (without the program's name) and runs what it asks for.
exit_code run(std::vector<std::string> arguments, const surroundings& around);

}  // namespace sagad::sagactl
