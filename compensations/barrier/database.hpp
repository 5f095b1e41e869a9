#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// What a connection stands on: one implementation for SQLite's files, one for PostgreSQL.
namespace sagad::barrier {

/// A prepared statement. Parameters count in order of the bind calls, columns from 0. All but `reset` and the looks at
/// a row throw sql_error.
class query {
 public:
  query() = default;
  query(const query&) = delete;
  query& operator=(const query&) = delete;
  virtual ~query() = default;

  virtual void bind(std::int64_t value) = 0;
  /// Need not be copied: it outlives the statement's use.
  virtual void bind(std::string_view value) = 0;
  virtual void bind_null() = 0;
  /// True: a row stands ready.
  virtual bool step() = 0;
  virtual bool is_null(int column) const noexcept = 0;
  /// 0 where it is null. Throws sql_error for what 64 bits do not hold.
  virtual std::int64_t integer(int column) const = 0;
  /// Valid until the next step.
  virtual std::string_view bytes(int column) const noexcept = 0;
  /// Ready to be used anew: no row, nothing bound.
  virtual void reset() noexcept = 0;
};

/// One connection; one thread at a time. What it promises is said at `connection`.
class database {
 public:
  database() = default;
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  virtual ~database() = default;

  virtual void execute(const std::string& sql) = 0;
  virtual void define(const std::string& schema) = 0;
  virtual query& prepare(std::string_view sql) = 0;
  virtual bool has_column(std::string_view table, std::string_view column) = 0;

  virtual bool begin() = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;
  virtual bool in_transaction() const noexcept = 0;

  /// Savepoints nest; the other two are of the innermost.
  virtual void set_savepoint() = 0;
  virtual void keep_savepoint() = 0;
  virtual void take_back_savepoint() = 0;

  virtual std::int64_t changed() const noexcept = 0;
  virtual std::string_view for_update() const noexcept = 0;
  virtual const std::string& damage() const noexcept = 0;
  virtual std::string where() const = 0;
};

}  // namespace sagad::barrier
