// In place of the log's: the process that it ends is a simulated one.
#include "journal/log/fatal.hpp"

#include <string>

#include "tests/simulation/fibers.hpp"

namespace sagad::journal::log {

void fatal(std::string_view message) {
  simulation::fibers::die(std::string(message));
}

}  // namespace sagad::journal::log
