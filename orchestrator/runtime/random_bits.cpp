#include "runtime/random_bits.hpp"

#include <openssl/rand.h>

#include <stdexcept>

namespace sagad::runtime {

std::uint64_t random_bits() {
  std::uint64_t value = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value) != 1) {
    throw std::runtime_error("libcrypto gave no random bytes");
  }
  return value;
}

}  // namespace sagad::runtime
