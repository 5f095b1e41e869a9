#include "compensations/barrier/request_digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <stdexcept>

namespace sagad::barrier {
namespace {

using digest_context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// Looked up once, before main: a look-up costs more than a digest, and leaves error state behind in each thread.
EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);

void require(int ok) {
  if (ok != 1) throw std::runtime_error("SHA-256 is not to be had from OpenSSL");
}

void add_field(EVP_MD_CTX* context, std::string_view field) {
  std::array<unsigned char, 8> size{};
  for (std::size_t i = 0; i < size.size(); ++i) {
    size[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(field.size()) >> (8 * i));
  }
  require(EVP_DigestUpdate(context, size.data(), size.size()));
  require(EVP_DigestUpdate(context, field.data(), field.size()));
}

}  // namespace

std::string request_digest(std::string_view method, std::string_view target, std::string_view body) {
  require(sha256 != nullptr ? 1 : 0);
  digest_context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!context) throw std::bad_alloc();
  require(EVP_DigestInit_ex(context.get(), sha256, nullptr));
  add_field(context.get(), method);
  add_field(context.get(), target);
  add_field(context.get(), body);
  std::array<unsigned char, 32> raw{};
  require(EVP_DigestFinal_ex(context.get(), raw.data(), nullptr));

  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * raw.size());
  for (const unsigned char byte : raw) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace sagad::barrier
