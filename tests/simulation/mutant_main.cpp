// simulation_mutant memory|log|upgrade
//
// A simulation of a program that is wrong in one line. Ends well when that is found; with `upgrade`, in memory, when it
// is found only where another version goes on.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/simulation/run.hpp"
#include "tests/simulation/weather.hpp"

namespace {

using namespace sagad::simulation;

constexpr std::uint64_t seeds_max = 10'000;

constexpr auto without_upgrades = std::uint64_t{1} << number_of(&weather::upgrade);

bool found(run_options options) {
  for (options.seed = 1; options.seed <= seeds_max; ++options.seed) {
    const auto result = run(options);
    if (result.violated.empty()) continue;
    std::printf("found with seed %llu: %s\n", static_cast<unsigned long long>(options.seed), result.violated.c_str());
    return true;
  }
  std::printf("not found in %llu seeds\n", static_cast<unsigned long long>(seeds_max));
  return false;
}

}  // namespace

int main(int count, char** words) {
  const std::string_view where = count == 2 ? words[1] : "memory";
  const auto over = where == "log" ? journal_kind::log : journal_kind::memory;
  if (!found({.over = over})) return EXIT_FAILURE;
  if (where == "upgrade" && found({.over = over, .without = without_upgrades})) return EXIT_FAILURE;
  return EXIT_SUCCESS;
}
