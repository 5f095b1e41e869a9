#pragma once

#include <string>

namespace sagad::participants {

/// One process a database: holds `DATABASE.lock` with flock, so that a killed process lets go too. The file stays and
/// says who had it last. Two processes would be two writers that both checkpoint, which SQLite before 3.51.3 loses
/// commits by.
class database_lock {
 public:
  /// Throws std::runtime_error, which names the process that has it.
  explicit database_lock(const std::string& database);
  database_lock(const database_lock&) = delete;
  database_lock& operator=(const database_lock&) = delete;
  ~database_lock();

 private:
  int descriptor_ = -1;
};

}  // namespace sagad::participants
