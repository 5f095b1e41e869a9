#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "journal/journal.hpp"

namespace sagad::journal {

/// The definitions that a journal keeps, in the order in which they came, and the rule by which they are numbered: the
/// same content as the name's newest is no new version, an inline one is kept once by its content. Not thread-safe.
class definition_versions {
 public:
  struct outcome {
    stored_definition definition;
    bool fresh = false;  ///< it was not there before
  };

  /// What `put` would keep or find, without keeping it.
  outcome look(const std::string& definition_name, const std::string& canonical) const;
  outcome put(const std::string& definition_name, const std::string& canonical);
  bool knows(const std::string& definition_name) const { return newest_.contains(definition_name); }
  bool retired(const std::string& definition_name) const;
  void retire(const std::string& definition_name, bool retired);
  /// One that was kept before, read back.
  void restore(stored_definition definition);

  /// Those names are retired, and no others.
  void retire_only(const std::set<std::string>& names);

  const std::vector<stored_definition>& all() const noexcept { return all_; }
  definition_news after(std::size_t known) const;
  /// The name's newest; 0: there is none.
  std::uint32_t newest(const std::string& definition_name) const;

 private:
  std::vector<stored_definition> all_;
  std::unordered_map<std::string, std::size_t> newest_;
  std::unordered_map<digest, std::size_t, digest_hash> inline_;
};

}  // namespace sagad::journal
