#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/digest.hpp"
#include "base/problem.hpp"
#include "definition/load.hpp"
#include "journal/journal.hpp"

namespace sagad::runtime {

/// A definition that sagas can be started by.
struct catalogued {
  definition::definition_ptr definition;
  std::uint32_t version = 0;  ///< 0: inline
};

/// The definitions of a journal, compiled. Thread-safe: readers get shared values.
class catalog {
 public:
  /// Compiles what the journal keeps. Throws std::runtime_error naming a definition that does not compile: a damaged
  /// journal.
  explicit catalog(journal::store& store);

  /// The newest version of `sale`, or the one of `sale@2`.
  std::optional<catalogued> find(std::string_view name_and_version) const;
  definition::definition_ptr find(const digest& content) const;

  /// Keeps a definition durably; the same content as the newest is no new version. `inline_` keeps it by content only.
  catalogued put(const definition::definition_ptr& loaded, bool inline_);

  /// All named versions, by name and version.
  std::vector<catalogued> all() const;

 private:
  journal::store& store_;
  mutable std::mutex guard_;
  std::map<std::string, std::map<std::uint32_t, definition::definition_ptr>, std::less<>> named_;
  std::unordered_map<digest, definition::definition_ptr, digest_hash> by_content_;
};

}  // namespace sagad::runtime
