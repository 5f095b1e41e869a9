#include "journal/log/fatal.hpp"

#include <cstdlib>
#include <string>

#include "telemetry/log.hpp"

namespace sagad::journal::log {

void fatal(std::string_view message) {
  sagad::log::last_line("sagad: journal: " + std::string(message) + "\n");
  std::_Exit(fatal_status);
}

}  // namespace sagad::journal::log
