#include "journal/log/fatal.hpp"

#include <cstdio>
#include <cstdlib>

namespace sagad::journal::log {

void fatal(std::string_view message) noexcept {
  std::fprintf(stderr, "sagad: journal: %.*s\n", static_cast<int>(message.size()), message.data());
  std::fflush(stderr);
  std::_Exit(fatal_status);
}

}  // namespace sagad::journal::log
