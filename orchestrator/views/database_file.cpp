#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "views/claim.hpp"
#include "views/database.hpp"
#include "views/database_statements.hpp"

namespace sagad::views {
namespace {

using journal::sqlite;
using journal::sqlite_error;
using journal::statement;

// Ids begin with their time, so every tree that ends in the id is written at its warm end. What is common, a completed
// saga that nothing went wrong with, is in no index but those by id and by definition, and by labels that are declared
// as indexed, which are warm trees, too (label_index). Of any other label no more is kept than who has it, so that
// nobody is overlooked: its values come in any order and would cost every saga a page.
constexpr const char* tables = R"(
BEGIN;
CREATE TABLE meta (version INTEGER, journal INTEGER, upto INTEGER, as_of INTEGER, boot TEXT);
CREATE TABLE positions (partition INTEGER PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE names (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE definitions (number INTEGER PRIMARY KEY, content BLOB NOT NULL UNIQUE, name INTEGER NOT NULL);
CREATE TABLE sagas (
  id BLOB PRIMARY KEY, definition INTEGER NOT NULL, version INTEGER NOT NULL, name INTEGER NOT NULL, state INTEGER NOT NULL,
  phase INTEGER NOT NULL, seq INTEGER NOT NULL, position INTEGER NOT NULL, started INTEGER NOT NULL,
  changed INTEGER NOT NULL, key TEXT, starter TEXT, labels TEXT, step TEXT, error INTEGER, trouble BLOB
) WITHOUT ROWID;
CREATE INDEX sagas_by_name ON sagas (name, id);
CREATE INDEX sagas_by_state ON sagas (state, id) WHERE state <> 5;
CREATE INDEX sagas_by_name_and_state ON sagas (name, state, id) WHERE state <> 5;
CREATE INDEX sagas_by_step ON sagas (step, id) WHERE step IS NOT NULL;
CREATE INDEX sagas_by_error ON sagas (error, id) WHERE error IS NOT NULL;
CREATE INDEX sagas_by_starter ON sagas (starter, id) WHERE starter IS NOT NULL;
CREATE TABLE loose_labels (name TEXT, id BLOB, PRIMARY KEY (name, id)) WITHOUT ROWID;
CREATE TABLE counts (name INTEGER, state INTEGER, sagas INTEGER, PRIMARY KEY (name, state)) WITHOUT ROWID;
CREATE TABLE in_flight (definition INTEGER, version INTEGER, sagas INTEGER, PRIMARY KEY (definition, version))
  WITHOUT ROWID;
)";
static_assert(static_cast<int>(shown::completed) == 5, "the tables say so");

}  // namespace

std::string this_boot() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

database::database(const std::string& path, const definition_source& definitions, const std::string& boot)
    : connection_(path, sqlite::access::write), definitions_(definitions), boot_(boot) {}

// Asked before anything is written: in a file that a process was killed in before it had marked it, choosing how SQLite
// journals would write a header without the mark, and nobody would take the file for one of views any more.
bool database::is_marked() {
  statement mark(connection_, "PRAGMA application_id");
  return mark.step() && mark.integer(0) == application_id;
}

void database::choose_pragmas() {
  connection_.run("PRAGMA journal_mode=WAL");
  connection_.run("PRAGMA synchronous=NORMAL");
  connection_.run("PRAGMA wal_autocheckpoint=4000");
  connection_.run("PRAGMA cache_size=-32768");
}

database::~database() = default;

namespace {

void remove_what_is_beside(const std::string& path) {
  for (const auto* suffix : {"-wal", "-shm", "-journal"}) static_cast<void>(::unlink((path + suffix).c_str()));
}

// Its name stays. Of a log beside a file without pages SQLite takes nothing, so a process may end in between.
void empty(const std::string& path) {
  if (::truncate(path.c_str(), 0) != 0 && errno != ENOENT) {
    throw std::system_error(errno, std::generic_category(), path + " cannot be emptied");
  }
  remove_what_is_beside(path);
}

// Returns whether the file's name is on the disk. The file itself is not opened for that: to close it would take away
// the locks that this process has on it.
bool name_synced(const std::string& path) {
  const auto folder = std::filesystem::absolute(path).parent_path().string();
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return false;
  const bool done = ::fsync(opened) == 0;
  static_cast<void>(::close(opened));
  return done;
}

}  // namespace

void database::remove(const std::string& path) {
  static_cast<void>(::unlink(path.c_str()));
  remove_what_is_beside(path);
}

// What stands in it was synced by SQLite, when it was marked.
void database::sync_name(const std::string& path) {
  if (!name_synced(path)) throw std::system_error(errno, std::generic_category(), path + " cannot be synced");
}

void database::replace(const std::string& fresh, const std::string& old) {
  // The old one's write-ahead log must not meet the new file.
  for (const auto* suffix : {"-wal", "-shm"}) static_cast<void>(::unlink((old + suffix).c_str()));
  std::error_code failed;
  std::filesystem::rename(fresh, old, failed);
  if (failed) throw std::system_error(failed, old + " cannot be replaced");
  // Until the folder is synced a power failure may bring the old one back, which is as good.
  static_cast<void>(name_synced(old));
}

std::unique_ptr<database> database::create(const std::string& path, std::uint64_t journal_identity,
                                           const definition_source& definitions, const std::string& boot) {
  if (path != ":memory:") empty(path);
  // On its own, before anything else: it is in the header before a log is written beside it.
  if (path != ":memory:") {
    sqlite(path, sqlite::access::write).run("PRAGMA application_id=" + std::to_string(application_id));
  }
  auto fresh = std::unique_ptr<database>(new database(path, definitions, boot));
  fresh->choose_pragmas();
  fresh->connection_.run(tables);
  fresh->connection_.run(label_index::tables);
  statement(fresh->connection_, "INSERT INTO meta VALUES (?, ?, 0, 0, '')")
      .bind(1, version)
      .bind(2, static_cast<std::int64_t>(journal_identity))
      .run();
  fresh->connection_.run("COMMIT");
  fresh->statements_ = std::make_unique<statements>(fresh->connection_);
  return fresh;
}

database::opened database::open(const std::string& path, std::uint64_t journal_identity,
                                const definition_source& definitions, const std::string& boot) {
  if (path == ":memory:" || ::access(path.c_str(), F_OK) != 0) return {};
  try {
    auto there = std::unique_ptr<database>(new database(path, definitions, boot));
    if (!there->is_marked()) return {nullptr, "nothing was written to it yet"};
    there->choose_pragmas();
    auto why_not = there->load(journal_identity);
    if (!why_not.empty()) return {nullptr, std::move(why_not)};
    return {std::move(there), {}};
  } catch (const sqlite_error& error) {
    if (!error.damage()) throw;
    return {nullptr, std::string("it is damaged: ") + error.what()};
  }
}

// Empty, or why it cannot be gone on with.
std::string database::load(std::uint64_t journal_identity) {
  statement table(connection_, "SELECT 1 FROM sqlite_master WHERE name = 'meta'");
  if (!table.step()) return "nothing was written to it yet";
  table.reset();
  statement written_by(connection_, "SELECT version FROM meta");
  if (!written_by.step()) return "nothing was written to it yet";
  if (const auto other = written_by.integer(0); other != version) {
    return "it is of version " + std::to_string(other) + ", and this program writes " + std::to_string(version);
  }
  written_by.reset();
  statement meta(connection_, "SELECT journal, upto, as_of, boot FROM meta");
  meta.step();
  if (meta.integer(0) != static_cast<std::int64_t>(journal_identity)) return "it is of another journal";
  const auto unsynced_in = meta.blob(3);
  left_unsynced_ = !unsynced_in.empty();
  if (left_unsynced_ && unsynced_in != boot_) {
    return "the machine went down while it was written, and it was not synced";
  }
  upto_ = {static_cast<std::uint64_t>(meta.integer(1))};
  as_of_ = meta.integer(2);
  meta.reset();
  statement positions(connection_, "SELECT partition, position FROM positions");
  while (positions.step()) {
    const auto partition = positions.integer(0);
    const auto position = positions.integer(1);
    if (partition < 0 || partition >= static_cast<std::int64_t>(partitions) || position < 0) {
      throw sqlite_error::damaged("it names a position that cannot be");
    }
    positions_[static_cast<std::size_t>(partition)] = static_cast<journal::position>(position);
  }
  positions.reset();
  statement rows(connection_, "SELECT sum(sagas) FROM counts");
  rows.step();
  rows_ = static_cast<std::uint64_t>(rows.integer(0));
  rows.reset();
  statements_ = std::make_unique<statements>(connection_);
  return {};
}

// The syncs of a file that is written all the time would be waited for by the journal's, on the same disk. That it is
// unsynced is synced before it is so, with what a killed process of this boot has left; where that cannot be for the
// moment, it goes on with syncs.
void database::write_unsynced() {
  if (unsynced_ || boot_.empty()) return;
  try {
    statement(connection_, "UPDATE meta SET boot = ?").bind_text(1, boot_).run();
    gather();
    connection_.run("PRAGMA synchronous=OFF");
    unsynced_ = true;
  } catch (const sqlite_error& error) {
    if (error.damage()) throw;
    // The system says it once that it could not write what was left to it.
    if (left_unsynced_ && !error.passing()) {
      throw sqlite_error::damaged(std::string("what was written to it is not on the disk: ") + error.what());
    }
  }
}

// To SQLite a reader in the way is no error.
void database::gather() {
  statement moved(connection_, "PRAGMA wal_checkpoint(TRUNCATE)");
  if (moved.step() && moved.integer(0) != 0) throw sqlite_error::busy("somebody else is reading it");
}

void database::settle() {
  connection_.run("PRAGMA synchronous=FULL");
  // A checkpoint that has nothing to move would sync nothing.
  connection_.run("UPDATE meta SET boot = boot");
  gather();
  connection_.run("UPDATE meta SET boot = ''");
  gather();
}

}  // namespace sagad::views
