#pragma once

#include "tests/simulation/inspector.hpp"

namespace sagad::simulation {

/// I1, I2, I10 at the end of a run, and I4 of what was told. Throws violation.
void judge_end(const inspector& eyes, const witnessed& of, const ledger& books);

/// Whether nothing but a person can bring this saga on: `blocked` only where the rules say so.
bool stuck_for_good(const engine::saga& saga, bool touched);

}  // namespace sagad::simulation
