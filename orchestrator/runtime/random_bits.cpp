#include "runtime/random_bits.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>

namespace sagad::runtime {

// Drawn for many at once: a draw costs thousands of instructions whatever its size. The process forks nowhere.
std::uint64_t random_bits() {
  thread_local std::array<std::uint64_t, 128> drawn;
  thread_local std::size_t left = 0;
  if (left == 0) {
    if (RAND_bytes(reinterpret_cast<unsigned char*>(drawn.data()), sizeof drawn) != 1) {
      throw std::runtime_error("libcrypto gave no random bytes");
    }
    left = drawn.size();
  }
  return drawn[--left];
}

}  // namespace sagad::runtime
