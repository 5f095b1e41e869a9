#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/saga_id.hpp"
#include "engine/operation.hpp"

namespace sagad::runtime {

/// What a callback's token names.
struct callback_target {
  saga_id saga;
  engine::operation_id operation;
  std::uint32_t generation = 1;
  friend bool operator==(const callback_target&, const callback_target&) noexcept = default;
};

/// Makes and checks callback tokens: base64url of saga, step, operation, generation, key id and an HMAC-SHA-256 over
/// them. Nothing is stored for a token, and it is the same after a restart. Thread-safe.
class callback_signer {
 public:
  /// The last key signs, all check; key ids are their places. At least one key, each of 32 bytes.
  explicit callback_signer(const std::vector<std::string>& keys);
  ~callback_signer();

  std::string sign(const callback_target& target) const;
  /// Empty for what was not signed by one of the keys.
  std::optional<callback_target> verify(std::string_view token) const;

 private:
  class keyed_mac;

  std::vector<std::unique_ptr<keyed_mac>> keys_;
};

}  // namespace sagad::runtime
