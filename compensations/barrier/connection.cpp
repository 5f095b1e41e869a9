#include "compensations/barrier/connection.hpp"

#include <sqlite3.h>

#include "compensations/barrier/sql_error.hpp"

namespace sagad::barrier {

connection::connection(const options& how) : use_(how.use) {
  const int mode = use_ == access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(how.path.c_str(), &db_, mode | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    const std::string why = db_ == nullptr ? "no memory" : sqlite3_errmsg(db_);
    sqlite3_close(db_);
    throw sql_error(code, "cannot open the database " + how.path + ": " + why);
  }
  try {
    sqlite3_extended_result_codes(db_, 1);
    sqlite3_busy_timeout(db_, static_cast<int>(how.wait_max.count()));
    if (use_ == access::read) return;
    execute("PRAGMA journal_mode=WAL");
    execute(how.sync == durability::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    execute("PRAGMA foreign_keys=ON");
  } catch (...) {
    sqlite3_close(db_);
    throw;
  }
}

connection::~connection() {
  for (auto& [sql, prepared] : statements_) sqlite3_finalize(prepared);
  sqlite3_close(db_);
}

void connection::execute(const std::string& sql) {
  char* message = nullptr;
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message);
  if (code == SQLITE_OK) return;
  const std::string why = message == nullptr ? sqlite3_errstr(code) : message;
  sqlite3_free(message);
  throw sql_error(code, why + " in: " + sql);
}

statement connection::prepare(std::string_view sql) {
  auto [place, fresh] = statements_.try_emplace(std::string(sql), nullptr);
  if (fresh) {
    const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &place->second, nullptr);
    if (code != SQLITE_OK) {
      statements_.erase(place);
      throw sql_error(code, std::string(sqlite3_errmsg(db_)) + " in: " + std::string(sql));
    }
  }
  return statement(place->second);
}

bool connection::begin() {
  try {
    prepare(use_ == access::write ? "BEGIN IMMEDIATE" : "BEGIN").run();
    return true;
  } catch (const sql_error& error) {
    if ((error.code() & 0xff) == SQLITE_BUSY) return false;
    throw;
  }
}

void connection::commit() {
  prepare("COMMIT").run();
}

void connection::rollback() noexcept {
  if (in_transaction()) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

bool connection::in_transaction() const noexcept {
  return sqlite3_get_autocommit(db_) == 0;
}

std::int64_t connection::changed() const noexcept {
  return sqlite3_changes64(db_);
}

std::int64_t connection::last_row_id() const noexcept {
  return sqlite3_last_insert_rowid(db_);
}

}  // namespace sagad::barrier
