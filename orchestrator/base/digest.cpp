#include "base/digest.hpp"

// The functions of one algorithm, which newer libraries call deprecated without having any that do not allocate: to
// begin a digest by the general ones takes memory each time, and a fifth of what hashing a request takes.
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>

#include <cstdio>
#include <cstdlib>

#include "base/ascii.hpp"

namespace sagad {
namespace {

// A digest that cannot be computed leaves nothing that could be trusted: the library is broken or memory is gone.
void must(int outcome) noexcept {
  if (outcome == 1) return;
  std::fputs("sagad: SHA-256 failed in libcrypto\n", stderr);
  std::abort();
}

class sha256 {
 public:
  sha256() noexcept { must(SHA256_Init(&context_)); }
  void add(const void* data, std::size_t size) noexcept { must(SHA256_Update(&context_, data, size)); }
  digest end() noexcept {
    digest result;
    must(SHA256_Final(result.bytes.data(), &context_));
    return result;
  }

 private:
  SHA256_CTX context_;
};

int nibble(char letter) noexcept {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  return -1;
}

}  // namespace

digest digest_of(std::string_view bytes) noexcept {
  sha256 hash;
  hash.add(bytes.data(), bytes.size());
  return hash.end();
}

// Short fields are gathered: each piece that is handed to the library costs as much as hashing a block.
digest digest_of_fields(std::initializer_list<std::string_view> fields) noexcept {
  sha256 hash;
  std::array<char, 512> gathered;
  std::size_t filled = 0;
  const auto add = [&](std::string_view piece) {
    if (piece.size() > gathered.size() - filled) {
      hash.add(gathered.data(), filled);
      filled = 0;
    }
    if (piece.size() > gathered.size()) return hash.add(piece.data(), piece.size());
    filled += piece.copy(gathered.data() + filled, piece.size());
  };
  for (auto field : fields) {
    std::array<char, 8> size{};
    auto rest = static_cast<std::uint64_t>(field.size());
    for (auto& byte : size) {
      byte = static_cast<char>(rest & 0xFFU);
      rest >>= 8U;
    }
    add({size.data(), size.size()});
    add(field);
  }
  hash.add(gathered.data(), filled);
  return hash.end();
}

std::string digest::hex() const {
  std::string text(bytes.size() * 2, '\0');
  auto* to = text.data();
  for (auto byte : bytes) to = put_hex(to, byte);
  return text;
}

std::optional<digest> digest::parse_hex(std::string_view text) noexcept {
  digest result;
  if (text.size() != result.bytes.size() * 2) return std::nullopt;
  for (std::size_t at = 0; at < result.bytes.size(); ++at) {
    const int high = nibble(text[at * 2]);
    const int low = nibble(text[at * 2 + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    result.bytes[at] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return result;
}

}  // namespace sagad
