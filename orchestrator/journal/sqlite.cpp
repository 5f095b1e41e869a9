#include "journal/sqlite.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "journal/no_room.hpp"

namespace sagad::journal {
namespace {

constexpr int busy_ms_max = 2000;
constexpr mode_t file_mode = 0640;

std::string full_disk(const std::string& why) {
  return "the disk is full (" + why + "): make room on it";
}

// SQLite tells a full disk by name only where it was writing; elsewhere, as where it maps memory, by an I/O error, of
// which `error` is what the system said last. (What SQLite keeps of that is not set when a commit fails.)
sqlite_error failure(int code, sqlite3* handle, int error) {
  if (handle == nullptr) return {code, sqlite3_errstr(code)};
  const std::string text = sqlite3_errmsg(handle);
  const int whole_code = sqlite3_extended_errcode(handle);
  const int primary = whole_code & 0xff;
  if (primary == SQLITE_FULL) return {whole_code, full_disk(text)};
  const bool full = (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && is_full_disk(error);
  return {whole_code, full ? full_disk(text + ", " + std::generic_category().message(error)) : text};
}

void check(int code, sqlite3* handle) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) throw failure(code, handle, errno);
}

// Counting takes a lock with every piece of memory, and index and views write at the same time. Nobody asks for the
// counts. Where somebody has used SQLite before, it is too late and it goes on counting.
void leave_memory_uncounted() {
  static const int outcome = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(outcome);
}

std::string values(int columns, std::size_t rows) {
  std::string row = "(?";
  for (int column = 1; column < columns; ++column) row += ",?";
  row += ')';
  std::string all = " VALUES " + row;
  for (std::size_t more = 1; more < rows; ++more) all.append(",").append(row);
  return all;
}

}  // namespace

sqlite_error sqlite_error::damaged(const std::string& text) {
  return {SQLITE_CORRUPT, text};
}

sqlite_error sqlite_error::busy(const std::string& text) {
  return {SQLITE_BUSY, text};
}

bool sqlite_error::passing() const noexcept {
  const int primary = code_ & 0xff;
  return primary == SQLITE_FULL || primary == SQLITE_BUSY || primary == SQLITE_LOCKED;
}

bool sqlite_error::damage() const noexcept {
  const int primary = code_ & 0xff;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_ERROR ||
         primary == SQLITE_MISMATCH || primary == SQLITE_FORMAT || primary == SQLITE_CONSTRAINT;
}

bool sqlite_error::no_room() const noexcept {
  const int primary = code_ & 0xff;
  // A file that cannot be made or mapped for want of room is told as an I/O error.
  return primary == SQLITE_FULL || primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
}

sqlite::sqlite(const std::string& path, access wanted) {
  leave_memory_uncounted();
  // SQLite gives all the right to read; what it makes beside a file has the rights of that.
  if (wanted == access::write && path != ":memory:") {
    // One that is there is not opened: closing it would take the locks of another connection away.
    const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode);
    if (made >= 0) ::close(made);
  }
  const int create = wanted == access::write ? SQLITE_OPEN_CREATE : 0;
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | create;
  errno = 0;
  const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
  if (code != SQLITE_OK) {
    const auto error = failure(code, handle_, errno);
    sqlite3_close(handle_);
    throw error;
  }
  sqlite3_extended_result_codes(handle_, 1);
  // Only the connection that writes may checkpoint: SQLite before 3.51.3 can lose commits otherwise.
  if (wanted == access::read) {
    // Whoever is in the way for a moment must not cost an answer, and with it the process.
    sqlite3_busy_timeout(handle_, busy_ms_max);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_wal_autocheckpoint(handle_, 0);
  }
}

sqlite::~sqlite() {
  sqlite3_close(handle_);
}

void sqlite::run(const std::string& sql) {
  errno = 0;
  check(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr), handle_);
}

statement::statement(sqlite& connection, const std::string& sql) {
  check(sqlite3_prepare_v3(connection.handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                           &handle_, nullptr),
        connection.handle());
}

statement::~statement() {
  sqlite3_finalize(handle_);
}

statement::statement(statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

statement& statement::bind(int at, std::int64_t value) {
  check(sqlite3_bind_int64(handle_, at, value), sqlite3_db_handle(handle_));
  return *this;
}

statement& statement::bind(int at, std::string_view blob) {
  check(sqlite3_bind_blob64(handle_, at, blob.data(), blob.size(), SQLITE_STATIC), sqlite3_db_handle(handle_));
  return *this;
}

statement& statement::bind_text(int at, std::string_view text) {
  check(sqlite3_bind_text64(handle_, at, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8),
        sqlite3_db_handle(handle_));
  return *this;
}

statement& statement::bind_null(int at) {
  check(sqlite3_bind_null(handle_, at), sqlite3_db_handle(handle_));
  return *this;
}

bool statement::step() {
  errno = 0;
  const int code = sqlite3_step(handle_);
  check(code, sqlite3_db_handle(handle_));
  return code == SQLITE_ROW;
}

void statement::run() {
  try {
    while (step()) {
    }
  } catch (...) {
    reset();
    throw;
  }
  reset();
}

void statement::reset() noexcept {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

std::int64_t statement::integer(int column) const noexcept {
  return sqlite3_column_int64(handle_, column);
}

bool statement::is_null(int column) const noexcept {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::string statement::blob(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
  return data == nullptr ? std::string() : std::string(data, size);
}

row_inserter::row_inserter(sqlite& connection, const std::string& into, int columns)
    : columns_(columns),
      one_(connection, into + values(columns, 1)),
      many_(connection, into + values(columns, rows_at_once)) {}

}  // namespace sagad::journal
