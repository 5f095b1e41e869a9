#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "compensations/barrier/database.hpp"
#include "compensations/barrier/statement.hpp"

namespace sagad::barrier {

/// `full` survives a loss of power, `normal` a killed process only. Of a file: PostgreSQL's own settings say it there.
enum class durability : std::uint8_t { normal, full };

enum class access : std::uint8_t { write, read };

/// Whether several processes may use it at once: what a URL names, and no file.
bool is_shared(std::string_view place) noexcept;

/// A connection to a participant's database: a file of SQLite's, or PostgreSQL. One thread at a time.
class connection {
 public:
  struct options {
    /// The file, or postgresql://...
    std::string place;
    durability sync = durability::full;
    access use = access::write;
    /// For somebody else's lock.
    std::chrono::milliseconds wait_max{1000};
    /// What PostgreSQL shows of it to its administrator.
    std::string application = "participant";
  };

  /// Opens the file, or creates it where it is to be written; or connects. Throws sql_error, which says what to do.
  explicit connection(const options& how);
  /// Over what somebody has opened.
  explicit connection(std::unique_ptr<database> opened) noexcept : database_(std::move(opened)) {}

  /// One or several statements without results.
  void execute(const std::string& sql) { database_->execute(sql); }
  /// Tables, indexes and columns, in SQLite's words. Those that PostgreSQL has others for are translated: INTEGER,
  /// TEXT, INTEGER PRIMARY KEY AUTOINCREMENT, WITHOUT ROWID. What is there already is left alone.
  void define(const std::string& schema) { database_->define(schema); }
  /// From a cache by text: the same text must not be in use twice at a time.
  statement prepare(std::string_view sql) { return statement(database_->prepare(sql)); }
  bool has_column(std::string_view table, std::string_view column) { return database_->has_column(table, column); }

  /// Takes the turn to write, which one connection has at a time, or a view of one moment for reading. False: another
  /// kept the turn for longer than wait_max. Throws database_away. PostgreSQL is connected to anew where need be.
  bool begin() { return database_->begin(); }
  /// Throws commit_unknown where the connection went before the answer came.
  void commit() { database_->commit(); }
  /// Harmless where there is no transaction any more.
  void rollback() noexcept { database_->rollback(); }
  bool in_transaction() const noexcept { return database_->in_transaction(); }

  /// Why nothing that this connection says can be trusted any more: the disk refused to read or to write (after a
  /// failed sync the page cache shows what the disk does not have), or the file is damaged. Empty: nothing of the kind
  /// was seen. It stays, whoever caught the error: whoever answers for this database looks here first.
  const std::string& damage() const noexcept { return database_->damage(); }

  /// Rows that the last INSERT, UPDATE or DELETE changed.
  std::int64_t changed() const noexcept { return database_->changed(); }
  /// What a SELECT ends in that keeps its rows for who is to change them: nothing where the turn keeps all.
  std::string_view for_update() const noexcept { return database_->for_update(); }
  /// As people know it, without a password.
  std::string where() const { return database_->where(); }

 private:
  friend class savepoint;

  std::unique_ptr<database> database_;
};

}  // namespace sagad::barrier
