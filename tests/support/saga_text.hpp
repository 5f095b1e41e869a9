#pragma once

#include <string>

#include "engine/saga.hpp"

namespace sagad::tests {

/// Every field of a saga's state, one a line: two sagas are the same when their texts are, and a test that fails shows
/// where they differ.
std::string saga_text(const engine::saga& saga);

}  // namespace sagad::tests
