#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace sagad::barrier {

class connection;

/// A prepared statement lent by a connection's cache; handed back (reset, unbound) when this goes. One thread, not past
/// its connection. Parameters and columns: parameters count from 1 in order of bind calls, columns from 0.
class statement {
 public:
  statement(sqlite3_stmt* lent, connection& lender) noexcept : lent_(lent), lender_(lender) {}
  statement(statement&& other) noexcept;
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;
  statement& operator=(statement&&) = delete;
  ~statement();

  /// Binds the next parameters. Text and blobs must outlive the statement's use.
  template <typename... Values>
  statement& bind(const Values&... values) {
    (bind_next(values), ...);
    return *this;
  }

  /// True: a row stands ready. Throws sql_error.
  bool step();
  /// For statements that give no rows.
  void run() { step(); }

  bool is_null(int column) const noexcept;
  std::int64_t integer(int column) const noexcept;
  /// Valid until the next step.
  std::string_view bytes(int column) const noexcept;
  std::string text(int column) const { return std::string(bytes(column)); }

 private:
  void bind_next(std::int64_t value);
  void bind_next(int value) { bind_next(static_cast<std::int64_t>(value)); }
  void bind_next(std::uint64_t) = delete;
  void bind_next(std::string_view value);
  void bind_next(const std::string& value) { bind_next(std::string_view(value)); }
  void bind_next(const char* value) { bind_next(std::string_view(value)); }
  void bind_next(std::nullptr_t);
  void check(int code) const;

  sqlite3_stmt* lent_;
  connection& lender_;
  int bound_ = 0;
};

}  // namespace sagad::barrier
