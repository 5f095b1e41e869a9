#include "runtime/callback_token.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstring>
#include <mutex>
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

// HMAC-SHA-256 under one key. To fetch the algorithm and take the key costs more than a token: that is done once, and
// who signs or checks takes turns.
class callback_signer::keyed_mac {
 public:
  explicit keyed_mac(const std::string& secret) {
    auto* algorithm = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    if (algorithm == nullptr) fail();
    context_ = EVP_MAC_CTX_new(algorithm);
    EVP_MAC_free(algorithm);  // the context keeps it
    std::string hash = "SHA256";
    const std::array<OSSL_PARAM, 2> how = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash.data(), hash.size()), OSSL_PARAM_construct_end()};
    const auto* key = reinterpret_cast<const unsigned char*>(secret.data());
    if (context_ != nullptr && EVP_MAC_init(context_, key, secret.size(), how.data()) == 1) return;
    EVP_MAC_CTX_free(context_);
    fail();
  }
  ~keyed_mac() { EVP_MAC_CTX_free(context_); }
  keyed_mac(const keyed_mac&) = delete;
  keyed_mac& operator=(const keyed_mac&) = delete;

  std::string of(std::string_view fields) {
    std::array<unsigned char, mac_size> made{};
    std::size_t size = 0;
    const std::lock_guard lock(turn_);
    const bool well =
        EVP_MAC_init(context_, nullptr, 0, nullptr) == 1 &&
        EVP_MAC_update(context_, reinterpret_cast<const unsigned char*>(fields.data()), fields.size()) == 1 &&
        EVP_MAC_final(context_, made.data(), &size, made.size()) == 1;
    if (!well || size != mac_size) fail();
    return {reinterpret_cast<const char*>(made.data()), size};
  }

 private:
  [[noreturn]] static void fail() { throw std::runtime_error("HMAC-SHA-256 failed in libcrypto"); }

  std::mutex turn_;
  EVP_MAC_CTX* context_;
};

callback_signer::callback_signer(const std::vector<std::string>& keys) {
  for (const auto& secret : keys) keys_.push_back(std::make_unique<keyed_mac>(secret));
}

callback_signer::~callback_signer() = default;

std::string callback_signer::sign(const callback_target& target) const {
  const auto key = static_cast<std::uint8_t>(keys_.size() - 1);
  std::string fields(reinterpret_cast<const char*>(target.saga.bytes.data()), target.saga.bytes.size());
  fields += static_cast<char>(target.operation.step);
  fields += static_cast<char>(target.operation.side);
  for (unsigned shift = 32; shift > 0; shift -= 8) fields += static_cast<char>(target.generation >> (shift - 8));
  fields += static_cast<char>(key);
  return to_base64url(fields + keys_.at(key)->of(fields));
}

std::optional<callback_target> callback_signer::verify(std::string_view token) const {
  const auto bytes = from_base64url(token);
  if (!bytes || bytes->size() != fields_size + mac_size || to_base64url(*bytes) != token) return std::nullopt;
  const auto fields = std::string_view(*bytes).substr(0, fields_size);
  const auto key = static_cast<std::uint8_t>(fields.back());
  if (key >= keys_.size()) return std::nullopt;
  const auto expected = keys_.at(key)->of(fields);
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
