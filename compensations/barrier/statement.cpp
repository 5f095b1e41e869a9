#include "compensations/barrier/statement.hpp"

#include <sqlite3.h>

#include <utility>

#include "compensations/barrier/connection.hpp"

namespace sagad::barrier {

statement::statement(statement&& other) noexcept
    : lent_(std::exchange(other.lent_, nullptr)), lender_(other.lender_), bound_(other.bound_) {}

statement::~statement() {
  if (lent_ == nullptr) return;
  sqlite3_reset(lent_);
  sqlite3_clear_bindings(lent_);
}

void statement::check(int code) const {
  if (code == SQLITE_OK) return;
  sqlite3* db = sqlite3_db_handle(lent_);
  lender_.fail(sqlite3_extended_errcode(db), std::string(sqlite3_errmsg(db)) + " in: " + sqlite3_sql(lent_));
}

bool statement::step() {
  const int code = sqlite3_step(lent_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  check(code);
  return false;
}

bool statement::is_null(int column) const noexcept {
  return sqlite3_column_type(lent_, column) == SQLITE_NULL;
}

std::int64_t statement::integer(int column) const noexcept {
  return sqlite3_column_int64(lent_, column);
}

std::string_view statement::bytes(int column) const noexcept {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(lent_, column));
  const int size = sqlite3_column_bytes(lent_, column);
  return data == nullptr ? std::string_view() : std::string_view(data, static_cast<std::size_t>(size));
}

void statement::bind_next(std::int64_t value) {
  check(sqlite3_bind_int64(lent_, ++bound_, value));
}

void statement::bind_next(std::string_view value) {
  // A null pointer would bind NULL, where an empty text is meant.
  const char* data = value.data() == nullptr ? "" : value.data();
  check(sqlite3_bind_text64(lent_, ++bound_, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void statement::bind_next(std::nullptr_t) {
  check(sqlite3_bind_null(lent_, ++bound_));
}

}  // namespace sagad::barrier
