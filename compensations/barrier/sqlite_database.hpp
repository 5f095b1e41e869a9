#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "compensations/barrier/connection.hpp"
#include "compensations/barrier/database.hpp"

struct sqlite3;

namespace sagad::barrier {

/// A file of SQLite's (WAL). One connection writes a file, and the one that writes must be the only one that
/// checkpoints it: all others are opened for reading, when the file is there.
class sqlite_database final : public database {
 public:
  /// Throws sql_error.
  explicit sqlite_database(const connection::options& how);
  ~sqlite_database() override;

  void execute(const std::string& sql) override;
  void define(const std::string& schema) override { execute(schema); }
  query& prepare(std::string_view sql) override;
  bool has_column(std::string_view table, std::string_view column) override;

  bool begin() override;
  void commit() override;
  void rollback() noexcept override;
  bool in_transaction() const noexcept override;

  void set_savepoint() override;
  void keep_savepoint() override;
  void take_back_savepoint() override;

  std::int64_t changed() const noexcept override;
  std::string_view for_update() const noexcept override { return ""; }
  const std::string& damage() const noexcept override { return damage_; }
  std::string where() const override { return path_; }

  /// Throws sql_error, and remembers it where it is damage.
  [[noreturn]] void fail(int code, const std::string& what);

 private:
  class sqlite_query;

  void run(std::string_view sql);
  /// As SQLite's own hook after a commit, which keeps to itself what the disk said. The commit is an error then.
  static int checkpoint_when_long(void* self, sqlite3* db, const char* name, int pages);

  std::string path_;
  bool writes_;
  sqlite3* db_ = nullptr;
  std::string damage_;
  std::unordered_map<std::string, std::unique_ptr<sqlite_query>> queries_;
};

}  // namespace sagad::barrier
