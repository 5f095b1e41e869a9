#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "journal/definition_versions.hpp"
#include "journal/postgres/pool.hpp"

namespace sagad::journal::postgres {

/// The definitions, numbered in the order in which they came: that number is taken by one of those who put at the same
/// moment, and the others look again. Thread-safe. Functions throw std::system_error when the database does not do it.
class definitions {
 public:
  explicit definitions(pool& connections);

  stored_definition put(const std::string& name, const std::string& canonical);
  bool retire(const std::string& name);
  std::vector<stored_definition> all() const;

 private:
  void load(connection& database);
  template <typename Work>
  auto change(Work&& work);

  pool& pool_;
  mutable std::mutex mutex_;
  definition_versions versions_;
};

}  // namespace sagad::journal::postgres
