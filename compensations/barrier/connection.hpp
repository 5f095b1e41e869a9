#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "compensations/barrier/statement.hpp"

struct sqlite3;

namespace sagad::barrier {

/// `full` survives a loss of power, `normal` a killed process only.
enum class durability : std::uint8_t { normal, full };

/// The one connection that writes a participant's database (WAL). One thread at a time. The connection that writes a
/// file must be the only one that checkpoints it, so no second writer stays open on the same file for long: others
/// wait for its lock at most `wait_max`.
class connection {
 public:
  struct options {
    std::string path;
    durability sync = durability::full;
    std::chrono::milliseconds wait_max{1000};
  };

  /// Opens or creates the file. Throws sql_error.
  explicit connection(const options& how);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// One or several statements without results.
  void execute(const std::string& sql);
  /// From a cache by text: the same text must not be in use twice at a time.
  statement prepare(std::string_view sql);

  /// BEGIN IMMEDIATE. False: another connection kept the lock for longer than wait_max.
  bool begin();
  void commit();
  /// Harmless where SQLite has rolled back by itself.
  void rollback() noexcept;
  bool in_transaction() const noexcept;

  /// Rows that the last INSERT, UPDATE or DELETE changed.
  std::int64_t changed() const noexcept;
  std::int64_t last_row_id() const noexcept;

 private:
  sqlite3* db_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

}  // namespace sagad::barrier
