#include "tests/simulation/world.hpp"

#include <cstdio>

namespace sagad::simulation {

void world::say(const std::string& line) const {
  if (verbose) std::printf("%10lld  %s\n", static_cast<long long>(now_ - beginning), line.c_str());
}

void world::let_wall_clock_jump() {
  constexpr millis distances[] = {1000, 60'000, 3'600'000, 86'400'000};
  const auto most = distances[random.below(4)];
  const auto by = random.between(-most, most);
  wall_ahead_ms_ += by;
  say("the wall clock jumps by " + std::to_string(by) + " ms");
}

}  // namespace sagad::simulation
