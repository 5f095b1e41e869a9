#include "tests/simulation/world.hpp"

#include <cstdio>

namespace sagad::simulation {

void world::say(const std::string& line) const {
  if (verbose) std::printf("%10lld  %s\n", static_cast<long long>(now_ - beginning), line.c_str());
}

}  // namespace sagad::simulation
