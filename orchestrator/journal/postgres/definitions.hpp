#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "journal/definition_versions.hpp"
#include "journal/postgres/pool.hpp"

namespace sagad::journal::postgres {

/// The definitions, numbered in the order in which they came: that number is taken by one of those who put at the same
/// moment, and the others look again. What is told is the table as it was when it was looked at last, here or by a
/// change from here; that it has changed since is told by a count beside it (`changes`), raised in each statement that
/// changes it. Thread-safe.
class definitions {
 public:
  /// `prompt`: for `look`, which reactors may ask for.
  definitions(pool& connections, pool& prompt);

  /// Both change what is there, whatever is known of it. They throw std::system_error when the database does not do it,
  /// and `unreachable` when it may be done already, or later.
  stored_definition put(const std::string& name, const std::string& canonical);
  bool retire(const std::string& name);

  /// Of these none asks the database.
  std::vector<stored_definition> all() const;
  definition_news after(std::size_t known) const;

  /// Throws `damaged` and `unreachable`.
  void look();
  /// The same by that connection, and as it throws.
  void look(connection& database);

 private:
  void keep(std::int64_t number, stored_definition one);
  template <typename Work>
  auto change(Work&& work);

  pool& pool_;
  pool& prompt_;
  std::mutex changing_;       ///< one change from here after the other
  mutable std::mutex mutex_;  ///< of what follows; never while the database is asked
  definition_versions versions_;
  std::int64_t last_ = 0;      ///< number that is known
  std::int64_t changes_ = -1;  ///< at the moment that is known
};

}  // namespace sagad::journal::postgres
