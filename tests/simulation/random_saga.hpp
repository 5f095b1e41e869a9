#pragma once

#include <string>

#include "definition/definition.hpp"
#include "tests/simulation/dice.hpp"

namespace sagad::simulation {

/// The text of a valid definition: 1 to 12 steps of all kinds in a random DAG, with policies short enough for a
/// simulation. Input: `{"n": integer}`; participants `p0` to `p3`.
std::string draw_definition(dice& dice, const std::string& name);

/// The same, but what is not to be undone waits for anybody: most of these can neither finish nor be undone, and must
/// be refused.
std::string draw_loose_definition(dice& dice, const std::string& name);

/// How long a saga of this definition may take when nothing goes wrong any more, whatever went wrong before.
millis bound_of(const definition::definition& definition);

inline constexpr std::size_t participants = 4;

}  // namespace sagad::simulation
