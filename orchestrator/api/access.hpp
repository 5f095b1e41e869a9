#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/problem.hpp"
#include "runtime/request.hpp"

namespace sagad::api {

enum class role : unsigned { client = 1, developer = 2, operations = 4, reader = 8 };

/// A token, kept only as its SHA-256.
struct token {
  std::string name;  ///< the actor in records
  digest sha256;
  unsigned roles = 0;                    ///< of `role`
  std::vector<std::string> definitions;  ///< that a client may start; empty: all
};

/// Who asks.
struct caller {
  std::string name;
  unsigned roles = 0;
  const std::vector<std::string>* definitions = nullptr;
  bool told_apart = true;  ///< false without tokens: everybody is the same

  bool is(role wanted) const noexcept { return (roles & static_cast<unsigned>(wanted)) != 0; }
  bool may_start(std::string_view definition) const noexcept;
  /// Whose sagas are theirs to see: a client's own, everybody's with any other role.
  runtime::only_of sees() const;
};

/// Who may do what. Without tokens (on loopback only: the configuration refuses it elsewhere) everybody may do
/// everything.
class access {
 public:
  explicit access(std::vector<token> tokens) : tokens_(std::move(tokens)) {}

  /// The caller of an `Authorization` header's value.
  std::optional<caller> identify(std::string_view authorization) const;
  bool open() const noexcept { return tokens_.empty(); }

 private:
  std::vector<token> tokens_;
};

}  // namespace sagad::api
