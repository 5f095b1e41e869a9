#pragma once

#include <string>

#include "definition/definition.hpp"

namespace sagad::definition::test {

/// What a definition does, a line for each thing: its steps' order, requests (each value read as a 7), budgets and
/// what is kept of answers.
std::string meaning_of(const definition& compiled);

}  // namespace sagad::definition::test
