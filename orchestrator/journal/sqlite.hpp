#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace sagad::journal {

/// A failure of SQLite: its extended result code, and its text, which says of a full disk that it is full.
class sqlite_error : public std::runtime_error {
 public:
  sqlite_error(int code, const std::string& text) : std::runtime_error(text), code_(code) {}

  /// Of a file whose content cannot be what it ought to be.
  static sqlite_error damaged(const std::string& text);
  /// Somebody else is in the way.
  static sqlite_error busy(const std::string& text);

  /// The file is no database, a damaged one, or one of another shape.
  bool damage() const noexcept;
  /// The disk is full, or fails.
  bool no_room() const noexcept;
  /// The disk is full, or somebody else has a lock: nothing is lost, and it may go another time.
  bool passing() const noexcept;

 private:
  int code_;
};

/// One connection. Not thread-safe. Functions throw sqlite_error.
class sqlite {
 public:
  enum class access { write, read };

  /// `:memory:` is a database of this connection alone.
  sqlite(const std::string& path, access wanted);
  ~sqlite();
  sqlite(const sqlite&) = delete;
  sqlite& operator=(const sqlite&) = delete;

  void run(const std::string& sql);
  sqlite3* handle() const noexcept { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

/// A prepared statement: bind by number from 1, step while there are rows, read columns by number from 0.
class statement {
 public:
  statement(sqlite& connection, const std::string& sql);
  ~statement();
  statement(statement&& other) noexcept;
  statement& operator=(statement&&) = delete;

  statement& bind(int at, std::int64_t value);
  /// `value` must live until `reset`.
  statement& bind(int at, std::string_view blob);
  /// As `bind`, as a text.
  statement& bind_text(int at, std::string_view text);
  statement& bind_null(int at);
  bool step();
  /// Steps to the end and makes it ready again.
  void run();
  void reset() noexcept;
  std::int64_t integer(int column) const noexcept;
  bool is_null(int column) const noexcept;
  /// Of a blob or a text.
  std::string blob(int column) const;

 private:
  sqlite3_stmt* handle_ = nullptr;
};

/// Inserts many rows, several a statement: to open a table with its indexes costs as much as some of its rows.
class row_inserter {
 public:
  /// `into`: `INSERT INTO name (column, ...)`.
  row_inserter(sqlite& connection, const std::string& into, int columns);

  /// `bind(to, before, row)` binds the row's columns as the values `before` + 1 and so on; what it binds must live
  /// until this returns.
  template <typename Bind>
  void run(std::size_t rows, Bind&& bind) {
    for (std::size_t row = 0; row < rows;) {
      const std::size_t together = rows - row < rows_at_once ? 1 : rows_at_once;
      auto& to = together == 1 ? one_ : many_;
      for (std::size_t of = 0; of < together; ++of, ++row) bind(to, static_cast<int>(of) * columns_, row);
      to.run();
    }
  }

 private:
  static constexpr std::size_t rows_at_once = 16;

  int columns_;
  statement one_;
  statement many_;
};

}  // namespace sagad::journal
