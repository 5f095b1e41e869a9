#pragma once

#include "tests/simulation/inspector.hpp"

namespace sagad::simulation {

/// I1 and I2 of a saga that is final: as soon as it is, and at the end of a run. Throws violation.
void judge_final(const engine::saga& saga, const ledger& books);

/// The same at the end of a run, I9 and I10, and I4 of what was told.
void judge_end(const witnessed& of, const ledger& books);

/// I9: the owner's records account for an effect of this operation, as the saga is now.
bool accounted_for(const engine::saga& saga, engine::operation_id operation, std::uint32_t generation);

/// Whether nothing but a person can bring this saga on: `blocked` only where the rules say so.
bool stuck_for_good(const engine::saga& saga, bool touched);

}  // namespace sagad::simulation
