#include "compensations/barrier/sqlite_database.hpp"

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

class sqlite_database::sqlite_query final : public query {
 public:
  sqlite_query(sqlite3_stmt* prepared, sqlite_database& owner) noexcept : prepared_(prepared), owner_(owner) {}
  ~sqlite_query() override { sqlite3_finalize(prepared_); }

  void bind(std::int64_t value) override { check(sqlite3_bind_int64(prepared_, ++bound_, value)); }

  void bind(std::string_view value) override {
    // A null pointer would bind NULL, where an empty text is meant.
    const char* data = value.data() == nullptr ? "" : value.data();
    check(sqlite3_bind_text64(prepared_, ++bound_, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
  }

  void bind_null() override { check(sqlite3_bind_null(prepared_, ++bound_)); }

  bool step() override {
    const int code = sqlite3_step(prepared_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    check(code);
    return false;
  }

  bool is_null(int column) const noexcept override { return sqlite3_column_type(prepared_, column) == SQLITE_NULL; }

  std::int64_t integer(int column) const override { return sqlite3_column_int64(prepared_, column); }

  std::string_view bytes(int column) const noexcept override {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(prepared_, column));
    const int size = sqlite3_column_bytes(prepared_, column);
    return data == nullptr ? std::string_view() : std::string_view(data, static_cast<std::size_t>(size));
  }

  void reset() noexcept override {
    sqlite3_reset(prepared_);
    sqlite3_clear_bindings(prepared_);
    bound_ = 0;
  }

 private:
  void check(int code) const {
    if (code == SQLITE_OK) return;
    sqlite3* db = sqlite3_db_handle(prepared_);
    owner_.fail(sqlite3_extended_errcode(db), std::string(sqlite3_errmsg(db)) + " in: " + sqlite3_sql(prepared_));
  }

  sqlite3_stmt* prepared_;
  sqlite_database& owner_;
  int bound_ = 0;
};

sqlite_database::sqlite_database(const connection::options& how) : path_(how.place), writes_(how.use == access::write) {
  const int mode = writes_ ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  if (sqlite3_open_v2(path_.c_str(), &db_, mode | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK) {
    const std::string why = db_ == nullptr ? "no memory" : sqlite3_errmsg(db_);
    sqlite3_close(db_);
    throw sql_error("cannot open the database " + path_ + ": " + why);
  }
  try {
    sqlite3_extended_result_codes(db_, 1);
    sqlite3_busy_timeout(db_, static_cast<int>(how.wait_max.count()));
    if (!writes_) return;
    execute("PRAGMA journal_mode=WAL");
    execute(how.sync == durability::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    execute("PRAGMA foreign_keys=ON");
    sqlite3_wal_hook(db_, &checkpoint_when_long, this);
  } catch (...) {
    sqlite3_close(db_);
    throw;
  }
}

sqlite_database::~sqlite_database() {
  queries_.clear();
  sqlite3_close(db_);
}

void sqlite_database::execute(const std::string& sql) {
  char* message = nullptr;
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message);
  if (code == SQLITE_OK) return;
  const std::string why = message == nullptr ? sqlite3_errstr(code) : message;
  sqlite3_free(message);
  fail(sqlite3_extended_errcode(db_), why + " in: " + sql);
}

query& sqlite_database::prepare(std::string_view sql) {
  auto [place, fresh] = queries_.try_emplace(std::string(sql), nullptr);
  if (fresh) {
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &prepared, nullptr);
    if (code != SQLITE_OK) {
      queries_.erase(place);
      fail(sqlite3_extended_errcode(db_), std::string(sqlite3_errmsg(db_)) + " in: " + std::string(sql));
    }
    place->second = std::make_unique<sqlite_query>(prepared, *this);
  }
  return *place->second;
}

void sqlite_database::run(std::string_view sql) {
  query& one = prepare(sql);
  struct resets {
    query& of;
    ~resets() { of.reset(); }
  } const at_end{one};
  one.step();
}

bool sqlite_database::has_column(std::string_view table, std::string_view column) {
  query& look = prepare("SELECT 1 FROM pragma_table_info(?) WHERE name = ?");
  look.bind(table);
  look.bind(column);
  const bool found = look.step();
  look.reset();
  return found;
}

bool sqlite_database::begin() {
  try {
    run(writes_ ? "BEGIN IMMEDIATE" : "BEGIN");
    return true;
  } catch (const lock_kept&) {
    return false;
  }
}

void sqlite_database::commit() {
  run("COMMIT");
}

void sqlite_database::rollback() noexcept {
  // Harmless where SQLite has rolled back by itself.
  if (in_transaction()) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

bool sqlite_database::in_transaction() const noexcept {
  return sqlite3_get_autocommit(db_) == 0;
}

// One name serves all: ROLLBACK TO and RELEASE name the innermost.
void sqlite_database::set_savepoint() {
  run("SAVEPOINT part");
}

void sqlite_database::keep_savepoint() {
  run("RELEASE part");
}

void sqlite_database::take_back_savepoint() {
  run("ROLLBACK TO part");
  run("RELEASE part");
}

std::int64_t sqlite_database::changed() const noexcept {
  return sqlite3_changes64(db_);
}

void sqlite_database::fail(int code, const std::string& what) {
  if (is_damage(code) && damage_.empty()) damage_ = what;
  if ((code & 0xff) == SQLITE_BUSY) throw lock_kept(what);
  throw sql_error(what);
}

int sqlite_database::checkpoint_when_long(void* self, sqlite3* db, const char* name, int pages) {
  if (pages < checkpoint_pages) return SQLITE_OK;
  const int code = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (!is_damage(code)) return SQLITE_OK;  // a reader in the way: the next commit goes on
  static_cast<sqlite_database*>(self)->damage_ = std::string(sqlite3_errstr(code)) + " in a checkpoint";
  return code;
}

}  // namespace sagad::barrier
