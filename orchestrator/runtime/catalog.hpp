#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
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
  bool retired = false;       ///< nothing is started by it any more
  bool is_new = false;        ///< of what was put: there was no such version
};

/// A version of a name, as it is listed.
struct listed_definition {
  std::string name;
  std::uint32_t version = 0;
  digest content;
  bool retired = false;
  definition::definition_ptr definition;  ///< null where it cannot be compiled
  std::string fault;                      ///< then: what is not understood
};

/// The newest version of a name that was retired.
struct retired_definition {
  std::string name;
  std::uint32_t version = 0;
  digest content;
  std::string description;  ///< empty, too, where it cannot be compiled
};

/// The definitions of a journal, compiled. Thread-safe: readers get shared values.
class catalog {
 public:
  /// Compiles what the journal keeps. One that this program cannot compile is told in the log, starts no saga, and
  /// leaves its sagas stuck: all others go on. Throws std::runtime_error for a text that is not the one it was kept by:
  /// a damaged journal.
  explicit catalog(journal::store& store, std::size_t definitions_max = 10'000);

  /// Whether the journal keeps none, compiled or not.
  bool empty() const;

  /// The newest version of `sale`, or the one of `sale@2`. A problem: there is none, or it cannot be compiled; one that
  /// was retired then is as none.
  std::variant<catalogued, sagad::problem> find(std::string_view name_and_version) const;
  /// Nothing where it is not kept or cannot be compiled.
  definition::definition_ptr find(const digest& content) const;

  /// A problem when as many are kept as may be, and this one is not among them. Two at once may both find room.
  std::optional<sagad::problem> why_no_room(const definition::definition& another) const;
  /// Keeps a definition durably; the same content as the newest is no new version. `inline_` keeps it by content only.
  catalogued put(const definition::definition_ptr& loaded, bool inline_);

  /// What `put` would make of it, not inline: the version, and whether that is a new one.
  std::pair<std::uint32_t, bool> would_be(const definition::definition& loaded) const;

  /// From now on nothing is started by the name, until one is put again; also where it cannot be compiled. A problem:
  /// there is no such name.
  std::variant<retired_definition, sagad::problem> retire(const std::string& definition_name);

  /// All named versions, by name and version, compiled or not.
  std::vector<listed_definition> all() const;

 private:
  struct numbered {
    definition::definition_ptr compiled;  ///< null where it cannot be
    digest content;
    std::string fault;  ///< then: why
  };

  journal::store& store_;
  std::size_t definitions_max_;
  mutable std::mutex guard_;
  std::map<std::string, std::map<std::uint32_t, numbered>, std::less<>> named_;
  std::set<std::string, std::less<>> retired_;
  std::unordered_map<digest, definition::definition_ptr, digest_hash> by_content_;  // null where it cannot be compiled
};

}  // namespace sagad::runtime
