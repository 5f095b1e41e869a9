#pragma once

#include <random>

#include "definition/definition.hpp"

namespace sagad::tests {

using random_source = std::mt19937_64;

/// From `least` to `most`, both included: the same numbers with every standard library.
template <typename Number>
Number pick(random_source& random, Number least, Number most) {
  const auto span = static_cast<std::uint64_t>(most - least) + 1;
  return static_cast<Number>(least + static_cast<Number>(random() % span));
}
inline bool chance(random_source& random, unsigned percent) {
  return random() % 100 < percent;
}

/// A valid definition of 1 to 12 steps: a DAG whose kinds obey the rule (every compensatable step is the pivot's
/// ancestor, every retriable one its descendant; without a pivot every retriable one is a descendant of every
/// compensatable one), with late answers, budgets and deadlines of any kind.
definition::definition_ptr random_definition(random_source& random);

}  // namespace sagad::tests
