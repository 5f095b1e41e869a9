#include "compensations/barrier/connection.hpp"

#include <sqlite3.h>

#include "compensations/barrier/sql_error.hpp"

namespace sagad::barrier {
namespace {

constexpr int checkpoint_pages = 1000;

bool is_damage(int code) noexcept {
  const int kind = code & 0xff;
  return kind == SQLITE_IOERR || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB;
}

}  // namespace

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
    sqlite3_wal_hook(db_, &checkpoint_when_long, this);
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
  fail(sqlite3_extended_errcode(db_), why + " in: " + sql);
}

statement connection::prepare(std::string_view sql) {
  auto [place, fresh] = statements_.try_emplace(std::string(sql), nullptr);
  if (fresh) {
    const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &place->second, nullptr);
    if (code != SQLITE_OK) {
      statements_.erase(place);
      fail(sqlite3_extended_errcode(db_), std::string(sqlite3_errmsg(db_)) + " in: " + std::string(sql));
    }
  }
  return statement(place->second, *this);
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

void connection::fail(int code, const std::string& what) {
  if (is_damage(code) && damage_.empty()) damage_ = what;
  throw sql_error(code, what);
}

int connection::checkpoint_when_long(void* self, sqlite3* db, const char* name, int pages) {
  if (pages < checkpoint_pages) return SQLITE_OK;
  const int code = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (!is_damage(code)) return SQLITE_OK;  // a reader in the way: the next commit goes on
  static_cast<connection*>(self)->damage_ = std::string(sqlite3_errstr(code)) + " in a checkpoint";
  return code;
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
