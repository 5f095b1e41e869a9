// A simulation of a program that is wrong in one line. Ends well when that is found.
#include <cstdio>
#include <cstdlib>

#include "tests/simulation/run.hpp"

int main() {
  constexpr std::uint64_t seeds_max = 3000;
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    const auto result = sagad::simulation::run({.seed = seed});
    if (result.violated.empty()) continue;
    std::printf("found with seed %llu: %s\n", static_cast<unsigned long long>(seed), result.violated.c_str());
    return EXIT_SUCCESS;
  }
  std::printf("not found in %llu seeds\n", static_cast<unsigned long long>(seeds_max));
  return EXIT_FAILURE;
}
