#pragma once

#include <cstdint>
#include <string>

#include "engine/saga.hpp"

namespace sagad::tests {

/// Every field of a saga's state, one a line: two sagas are the same when their texts are, and a test that fails shows
/// where they differ.
std::string saga_text(const engine::saga& saga);

/// Over the same fields, of whichever two sagas with other texts differ in but a few cases of 2^64. A simulation asks
/// for millions.
std::uint64_t saga_fingerprint(const engine::saga& saga);

}  // namespace sagad::tests
