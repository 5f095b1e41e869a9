// simulation_mutant memory|log
//
// A simulation of a program that is wrong in one line. Ends well when that is found.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/simulation/run.hpp"

int main(int count, char** words) {
  using sagad::simulation::journal_kind;
  constexpr std::uint64_t seeds_max = 10'000;
  const bool log = count == 2 && std::string_view(words[1]) == "log";
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    const auto result = sagad::simulation::run({.seed = seed, .over = log ? journal_kind::log : journal_kind::memory});
    if (result.violated.empty()) continue;
    std::printf("found with seed %llu: %s\n", static_cast<unsigned long long>(seed), result.violated.c_str());
    return EXIT_SUCCESS;
  }
  std::printf("not found in %llu seeds\n", static_cast<unsigned long long>(seeds_max));
  return EXIT_FAILURE;
}
