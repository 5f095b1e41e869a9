#pragma once

#include <string>

#include "tests/simulation/run.hpp"

namespace sagad::simulation {

/// A run of the same seed that fails, too, not always in the same way, with as few sagas, as little time and as few
/// kinds of bad weather as were found to be enough: nothing that is still there can be left out by itself. `failing`
/// itself where it does not fail.
run_options shrink(const run_options& failing);

/// As the simulation's arguments say it: `--journal log --replay 42 --sagas 1 --only crash,power`.
std::string arguments_of(const run_options& options);

}  // namespace sagad::simulation
