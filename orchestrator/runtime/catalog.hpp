#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "base/digest.hpp"
#include "base/moment.hpp"
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

/// The definitions of a journal, compiled. Thread-safe: readers get shared values. Where several nodes put them, those
/// of others come by `learn`; and whoever asks for one that is not known has the journal asked first.
class catalog {
 public:
  /// Compiles what the journal keeps. One that this program cannot compile is told in the log, starts no saga, and
  /// leaves its sagas stuck: all others go on. Throws std::runtime_error for a text that is not the one it was kept by:
  /// a damaged journal.
  /// `now`: by which it is bounded how often the journal is asked; empty: the steady clock.
  explicit catalog(journal::store& store, std::size_t definitions_max = 10'000, std::function<millis()> now = {});

  /// Takes over what the journal has been told of (`ownership_listener::definitions_changed`). Asks nobody; compiles
  /// what is new: not for a reactor's thread.
  void learn() const;

  /// Whether the journal keeps none, compiled or not.
  bool empty() const;

  /// The newest version of `sale`, or the one of `sale@2`. A problem: there is none, or it cannot be compiled; one that
  /// was retired then is as none. Of a name or a version that is not known the journal is asked, some ten times a
  /// second at most: beyond that others' are found as soon as they were learned.
  std::variant<catalogued, sagad::problem> find(std::string_view name_and_version) const;
  /// The same for a start: a name that was retired starts nothing until it is put again.
  std::variant<catalogued, sagad::problem> find_for_start(std::string_view name_and_version) const;
  /// Nothing where it is not kept or cannot be compiled. The journal is asked once for each that it does not have: who
  /// asks has read of it in a record, which is written later than what it names. Throws `journal::damaged`, and
  /// `journal::unreachable`: then it may be there.
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

  struct found_or_not {
    std::variant<catalogued, sagad::problem> what;
    bool unknown = false;  ///< there is none, as far as is known here
  };

  std::optional<definition::definition_ptr> known(const digest& content) const;
  found_or_not known(std::string_view name_and_version) const;
  std::optional<sagad::problem> ask() const;
  void take_over(bool opening) const;

  journal::store& store_;
  std::size_t definitions_max_;
  std::function<millis()> now_;

  mutable std::mutex learning_;    ///< one after the other, so that what is known later stays
  mutable std::size_t taken_ = 0;  ///< of the journal's; under it

  mutable std::mutex asking_;                                ///< the journal; of what follows
  mutable std::unordered_set<digest, digest_hash> missing_;  ///< that it does not have
  mutable millis rests_until_ = 0;                           ///< before it is asked for a name again
  mutable millis away_until_ = 0;                            ///< it did not answer

  mutable std::mutex guard_;  ///< of what follows
  mutable std::map<std::string, std::map<std::uint32_t, numbered>, std::less<>> named_;
  mutable std::set<std::string, std::less<>> retired_;
  /// Null where it cannot be compiled.
  mutable std::unordered_map<digest, definition::definition_ptr, digest_hash> by_content_;
};

}  // namespace sagad::runtime
