#include "api/access.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace sagad::api {

bool caller::may_start(std::string_view definition) const noexcept {
  if (!is(role::client)) return is(role::developer);
  return definitions == nullptr || definitions->empty() ||
         std::find(definitions->begin(), definitions->end(), definition) != definitions->end();
}

runtime::only_of caller::sees() const {
  const bool only_client = (roles & ~static_cast<unsigned>(role::client)) == 0;
  return only_client ? runtime::only_of(name) : std::nullopt;
}

std::optional<caller> access::identify(std::string_view authorization) const {
  constexpr unsigned everything = 15;
  if (open()) return caller{"local", everything, nullptr, false};
  constexpr std::string_view scheme = "bearer ";  // in any case, as all schemes
  const auto is_in_any_case = [](char given, char lower) {
    return (given >= 'A' && given <= 'Z' ? given + 32 : given) == lower;
  };
  const auto named = authorization.substr(0, scheme.size());
  if (!std::equal(named.begin(), named.end(), scheme.begin(), scheme.end(), is_in_any_case)) return std::nullopt;
  const auto given = digest_of(authorization.substr(scheme.size()));
  for (const auto& known : tokens_) {
    if (CRYPTO_memcmp(given.bytes.data(), known.sha256.bytes.data(), given.bytes.size()) == 0) {
      return caller{known.name, known.roles, &known.definitions, true};
    }
  }
  return std::nullopt;
}

}  // namespace sagad::api
