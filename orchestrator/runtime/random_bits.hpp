#pragma once

#include <cstdint>

namespace sagad::runtime {

/// 64 bits that nobody can guess. Thread-safe. Throws std::runtime_error when libcrypto has none.
std::uint64_t random_bits();

}  // namespace sagad::runtime
