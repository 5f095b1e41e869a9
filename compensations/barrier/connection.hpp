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

enum class access : std::uint8_t { write, read };

/// A connection to a participant's database (WAL). One thread at a time. One connection writes a file, and the one that
/// writes must be the only one that checkpoints it: all others are opened for reading, when the file is there.
class connection {
 public:
  struct options {
    std::string path;
    durability sync = durability::full;
    access use = access::write;
    /// For somebody else's lock.
    std::chrono::milliseconds wait_max{1000};
  };

  /// Opens the file, or creates it where it is to be written. Throws sql_error.
  explicit connection(const options& how);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// One or several statements without results.
  void execute(const std::string& sql);
  /// From a cache by text: the same text must not be in use twice at a time.
  statement prepare(std::string_view sql);

  /// Takes the lock for writing, or a view of one moment for reading. False: another connection kept the lock for
  /// longer than wait_max.
  bool begin();
  void commit();
  /// Harmless where SQLite has rolled back by itself.
  void rollback() noexcept;
  bool in_transaction() const noexcept;

  /// Why nothing that this connection says can be trusted any more: the disk refused to read or to write (after a
  /// failed sync the page cache shows what the disk does not have), or the file is damaged. Empty: nothing of the kind
  /// was seen. It stays, whoever caught the error: whoever answers for this database looks here first.
  const std::string& damage() const noexcept { return damage_; }
  /// Throws sql_error, and remembers it where it is damage.
  [[noreturn]] void fail(int code, const std::string& what);

  /// Rows that the last INSERT, UPDATE or DELETE changed.
  std::int64_t changed() const noexcept;
  std::int64_t last_row_id() const noexcept;

 private:
  /// As SQLite's own hook after a commit, which keeps to itself what the disk said. The commit is an error then.
  static int checkpoint_when_long(void* self, sqlite3* db, const char* name, int pages);

  access use_;
  sqlite3* db_ = nullptr;
  std::string damage_;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

}  // namespace sagad::barrier
