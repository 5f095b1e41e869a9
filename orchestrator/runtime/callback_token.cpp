#include "runtime/callback_token.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace sagad::runtime {
namespace {

constexpr std::size_t fields_size = 16 + 1 + 1 + 4 + 1;
constexpr std::size_t mac_size = 32;
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string to_base64url(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (char byte : bytes) {
    bits = bits << 8U | static_cast<unsigned char>(byte);
    for (held += 8; held >= 6; held -= 6) text += alphabet[bits >> static_cast<unsigned>(held - 6) & 63U];
  }
  if (held > 0) text += alphabet[bits << static_cast<unsigned>(6 - held) & 63U];
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (char letter : text) {
    const auto value = alphabet.find(letter);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> static_cast<unsigned>(held) & 255U);
  }
  return bytes;
}

}  // namespace

std::string callback_signer::mac(std::string_view fields, std::uint8_t key) const {
  std::array<unsigned char, mac_size> out{};
  unsigned size = 0;
  const auto& secret = keys_.at(key);
  const auto* made = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                          reinterpret_cast<const unsigned char*>(fields.data()), fields.size(), out.data(), &size);
  if (made == nullptr || size != mac_size) throw std::runtime_error("HMAC-SHA-256 failed in libcrypto");
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string callback_signer::sign(const callback_target& target) const {
  const auto key = static_cast<std::uint8_t>(keys_.size() - 1);
  std::string fields(reinterpret_cast<const char*>(target.saga.bytes.data()), target.saga.bytes.size());
  fields += static_cast<char>(target.operation.step);
  fields += static_cast<char>(target.operation.side);
  for (unsigned shift = 32; shift > 0; shift -= 8) fields += static_cast<char>(target.generation >> (shift - 8));
  fields += static_cast<char>(key);
  return to_base64url(fields + mac(fields, key));
}

std::optional<callback_target> callback_signer::verify(std::string_view token) const {
  const auto bytes = from_base64url(token);
  if (!bytes || bytes->size() != fields_size + mac_size || to_base64url(*bytes) != token) return std::nullopt;
  const auto fields = std::string_view(*bytes).substr(0, fields_size);
  const auto key = static_cast<std::uint8_t>(fields.back());
  if (key >= keys_.size()) return std::nullopt;
  const auto expected = mac(fields, key);
  if (CRYPTO_memcmp(expected.data(), bytes->data() + fields_size, mac_size) != 0) return std::nullopt;
  callback_target target;
  std::memcpy(target.saga.bytes.data(), fields.data(), target.saga.bytes.size());
  const auto at = [&fields](std::size_t place) { return static_cast<unsigned char>(fields[place]); };
  target.operation.step = at(16);
  if (at(17) != 1 && at(17) != 2) return std::nullopt;
  target.operation.side = static_cast<engine::side>(at(17));
  target.generation = 0;
  for (std::size_t place = 18; place < 22; ++place) target.generation = target.generation << 8U | at(place);
  return target;
}

}  // namespace sagad::runtime
