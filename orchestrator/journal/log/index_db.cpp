#include "journal/log/index_db.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/probe.hpp"
#include "journal/log/crc32c.hpp"

namespace sagad::journal::log {
namespace {

constexpr std::int64_t index_format = 3;

std::string path_of(const std::string& directory) {
  return directory + "/index.db";
}

std::int64_t as_integer(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value);
}
std::int64_t as_integer(offset at) noexcept {
  return as_integer(as_number(at));
}

std::string_view as_blob(const saga_id& saga) noexcept {
  return {reinterpret_cast<const char*>(saga.bytes.data()), saga.bytes.size()};
}

std::string keys_table(std::int64_t cut) {
  return "keys_" + std::to_string(cut);
}

}  // namespace

index_db::index_db(const std::string& path, std::uint64_t keys_per_cut)
    : keys_per_cut_(keys_per_cut), writer_(path, sqlite::access::write) {
  writer_.run("PRAGMA journal_mode=WAL");
  // A power failure may take the newest transactions, and the position with them; never their order.
  writer_.run("PRAGMA synchronous=NORMAL");
  writer_.run("PRAGMA cache_size=-16384");
}

index_db::~index_db() {
  // Readers first: the last connection to close writes the WAL back, and that must be the writer.
  for (auto& one : lookups_) {
    one.keys.clear();
    one.finished.reset();
    one.connection.reset();
  }
}

void index_db::remove(const std::string& directory) {
  const auto path = path_of(directory);
  for (const auto& name : {path, path + "-wal", path + "-shm"}) static_cast<void>(::unlink(name.c_str()));
}

std::unique_ptr<index_db> index_db::create(const std::string& directory, std::uint64_t log,
                                           std::uint64_t keys_per_cut) {
  remove(directory);
  const auto path = path_of(directory);
  auto fresh = std::unique_ptr<index_db>(new index_db(path, keys_per_cut));
  fresh->create_tables(log);
  fresh->open_readers(path);
  return fresh;
}

std::unique_ptr<index_db> index_db::open(const std::string& directory, std::uint64_t log, std::uint64_t keys_per_cut) {
  const auto path = path_of(directory);
  if (::access(path.c_str(), F_OK) == 0) {
    try {
      auto found = std::unique_ptr<index_db>(new index_db(path, keys_per_cut));
      if (found->load(log)) {
        found->open_readers(path);
        return found;
      }
    } catch (const sqlite_error& error) {
      if (!error.damage()) throw;
      SAGAD_PROBE("an opening finds a damaged index");
    }
  }
  return create(directory, log, keys_per_cut);
}

offset index_db::position_in(const std::string& directory) {
  const auto path = path_of(directory);
  if (::access(path.c_str(), F_OK) != 0) return {};
  try {
    sqlite found(path, sqlite::access::read);
    statement state(found, "SELECT position FROM state");
    return state.step() ? static_cast<offset>(state.integer(0)) : offset{};
  } catch (const sqlite_error& error) {
    if (!error.damage()) throw;
    return {};
  }
}

void index_db::create_tables(std::uint64_t log) {
  writer_.run(
      "BEGIN;"
      "CREATE TABLE state (format INTEGER, log INTEGER, keys_per_cut INTEGER, position INTEGER, oldest INTEGER);"
      "CREATE TABLE cuts (cut INTEGER PRIMARY KEY, keys INTEGER, last INTEGER, checksum INTEGER, filter BLOB);"
      "CREATE TABLE finished (saga BLOB PRIMARY KEY, newest INTEGER) WITHOUT ROWID;");
  statement(writer_, "INSERT INTO state VALUES (?, ?, ?, 0, 0)")
      .bind(1, index_format)
      .bind(2, as_integer(log))
      .bind(3, as_integer(keys_per_cut_))
      .run();
  writer_.run("COMMIT");
}

bool index_db::load(std::uint64_t log) {
  statement state(writer_, "SELECT format, log, keys_per_cut, position, oldest FROM state");
  if (!state.step() || state.integer(0) != index_format || state.integer(1) != as_integer(log) ||
      state.integer(2) != as_integer(keys_per_cut_)) {
    return false;
  }
  position_ = static_cast<offset>(state.integer(3));
  oldest_ = static_cast<offset>(state.integer(4));
  state.reset();
  statement rows(writer_, "SELECT cut, keys, last, checksum, filter FROM cuts ORDER BY cut");
  while (rows.step()) {
    auto one = std::make_unique<cut>(rows.integer(0), keys_per_cut_);
    one->keys = static_cast<std::uint64_t>(rows.integer(1));
    one->last = static_cast<offset>(rows.integer(2));
    const auto filter = rows.blob(4);
    const bool follows = cuts_.empty() || one->number == cuts_.back()->number + 1;
    if (!follows || crc32c(filter) != rows.integer(3)) return false;
    if (filter.empty() && one->keys < keys_per_cut_) {
      SAGAD_PROBE("an opening makes a filter of the index again");
      fill_filter(*one);
    } else if (!one->filter.restore(filter)) {
      return false;
    }
    cuts_.push_back(std::move(one));
  }
  return true;
}

void index_db::open_readers(const std::string& path) {
  for (auto& one : lookups_) {
    one.connection.emplace(path, sqlite::access::read);
    one.connection->run("PRAGMA query_only=1");
    one.finished.emplace(*one.connection, "SELECT newest FROM finished WHERE saga = ?");
  }
}

void index_db::find_keys(std::uint64_t hash, reader who, std::vector<offset>& places) {
  auto& one = lookups_[static_cast<std::size_t>(who)];
  const std::lock_guard lock(one.mutex);
  const std::lock_guard cuts_lock(cuts_mutex_);
  for (const auto& each : cuts_) {
    if (!each->filter.may_have(hash)) continue;
    auto known = one.keys.find(each->number);
    if (known == one.keys.end()) {
      const auto sql = "SELECT at FROM " + keys_table(each->number) + " WHERE hash = ?";
      known = one.keys.try_emplace(each->number, *one.connection, sql).first;
    }
    auto& select = known->second;
    select.bind(1, as_integer(hash));
    while (select.step()) places.push_back(static_cast<offset>(select.integer(0)));
    select.reset();
  }
}

std::optional<offset> index_db::find_finished(const saga_id& saga, reader who) {
  auto& one = lookups_[static_cast<std::size_t>(who)];
  const std::lock_guard lock(one.mutex);
  auto& select = *one.finished;
  select.bind(1, as_blob(saga));
  std::optional<offset> found;
  if (select.step()) found = static_cast<offset>(select.integer(0));
  select.reset();
  return found;
}

void index_db::find_finished(std::span<const saga_id> sagas, reader who, std::vector<std::optional<offset>>& found) {
  auto& one = lookups_[static_cast<std::size_t>(who)];
  const std::lock_guard lock(one.mutex);
  auto& select = *one.finished;
  // One read transaction: beginning one takes longer than a look-up.
  one.connection->run("BEGIN");
  try {
    for (const auto& saga : sagas) {
      select.bind(1, as_blob(saga));
      found.emplace_back();
      if (select.step()) found.back() = static_cast<offset>(select.integer(0));
      select.reset();
    }
  } catch (const sqlite_error&) {
    select.reset();
    one.connection->run("ROLLBACK");
    throw;
  }
  one.connection->run("COMMIT");
}

void index_db::finished_between(offset from, offset to, std::vector<saga_id>& sagas) {
  statement rows(writer_, "SELECT saga FROM finished WHERE newest >= ? AND newest < ?");
  rows.bind(1, as_integer(from)).bind(2, as_integer(to));
  while (rows.step()) {
    saga_id saga;
    const auto bytes = rows.blob(0);
    if (bytes.size() != saga.bytes.size()) continue;
    std::memcpy(saga.bytes.data(), bytes.data(), bytes.size());
    sagas.push_back(saga);
  }
}

index_db::cut& index_db::current_cut() {
  auto* newest = !fresh_.empty() ? fresh_.back().get() : !cuts_.empty() ? cuts_.back().get() : nullptr;
  if (newest != nullptr && newest->keys < keys_per_cut_) return *newest;
  if (newest != nullptr) SAGAD_PROBE("a tree of the key index is full");
  fresh_.push_back(std::make_unique<cut>(newest == nullptr ? 0 : newest->number + 1, keys_per_cut_));
  writer_.run("CREATE TABLE " + keys_table(fresh_.back()->number) +
              " (hash INTEGER, at INTEGER, PRIMARY KEY (hash, at)) WITHOUT ROWID");
  return *fresh_.back();
}

// A filter is as large as a batch of keys, so it is kept once, when its cut is full; before that an opening makes it.
void index_db::save(const cut& which) {
  const auto filter = which.keys == keys_per_cut_ ? which.filter.bytes() : std::string();
  statement(writer_, "INSERT OR REPLACE INTO cuts VALUES (?, ?, ?, ?, ?)")
      .bind(1, which.number)
      .bind(2, as_integer(which.keys))
      .bind(3, as_integer(which.last))
      .bind(4, crc32c(filter))
      .bind(5, filter)
      .run();
}

void index_db::fill_filter(cut& which) {
  statement rows(writer_, "SELECT hash FROM " + keys_table(which.number));
  while (rows.step()) which.filter.add(static_cast<std::uint64_t>(rows.integer(0)));
}

void index_db::add_keys(const index_entries& entries) {
  std::vector<key_entry> keys;
  keys.reserve(entries.keys.size());
  entries.keys.for_each([&](const key_entry& entry) { keys.push_back(entry); });
  for (std::size_t at = 0; at < keys.size();) {
    auto& into = current_cut();
    const auto room = static_cast<std::size_t>(keys_per_cut_ - into.keys);
    const auto end = std::min(keys.size(), at + room);
    // In the tree's order, so that a batch touches each page once.
    std::sort(
        keys.begin() + static_cast<std::ptrdiff_t>(at), keys.begin() + static_cast<std::ptrdiff_t>(end),
        [](const key_entry& left, const key_entry& right) { return as_integer(left.key) < as_integer(right.key); });
    row_inserter(writer_, "INSERT OR IGNORE INTO " + keys_table(into.number), 2)
        .run(end - at, [&](statement& to, int before, std::size_t row) {
          to.bind(before + 1, as_integer(keys[at + row].key)).bind(before + 2, as_integer(keys[at + row].at));
        });
    for (; at < end; ++at) {
      into.filter.add(keys[at].key);
      into.last = std::max(into.last, keys[at].at);
      ++into.keys;
    }
    save(into);
  }
}

void index_db::add_finished(const index_entries& entries) {
  std::vector<finished_entry> sagas;
  sagas.reserve(entries.finished.size());
  // What was freed before it was written here is never written.
  entries.finished.for_each([&](const finished_entry& entry) {
    if (entry.newest >= oldest_) sagas.push_back(entry);
  });
  std::sort(sagas.begin(), sagas.end(),
            [](const finished_entry& left, const finished_entry& right) { return left.key < right.key; });
  row_inserter(writer_, "INSERT OR REPLACE INTO finished", 2)
      .run(sagas.size(), [&](statement& to, int before, std::size_t row) {
        to.bind(before + 1, as_blob(sagas[row].key)).bind(before + 2, as_integer(sagas[row].newest));
      });
}

template <typename Work>
void index_db::as_one(Work&& work) {
  try {
    writer_.run("BEGIN IMMEDIATE");
    work();
    writer_.run("COMMIT");
  } catch (const sqlite_error&) {
    try {
      writer_.run("ROLLBACK");
    } catch (const sqlite_error&) {
      // SQLite has rolled back by itself: there is no transaction any more.
    }
    throw;
  }
}

void index_db::add(const index_entries& entries) {
  const auto keys = cuts_.empty() ? 0 : cuts_.back()->keys;
  try {
    as_one([&] {
      add_keys(entries);
      add_finished(entries);
      statement(writer_, "UPDATE state SET position = ?").bind(1, as_integer(entries.upto)).run();
    });
  } catch (const sqlite_error&) {
    // The filters keep a few bits too many, which costs a look-up at most.
    fresh_.clear();
    if (!cuts_.empty()) cuts_.back()->keys = keys;
    throw;
  }
  const std::lock_guard lock(cuts_mutex_);
  for (auto& one : fresh_) cuts_.push_back(std::move(one));
  fresh_.clear();
  position_ = entries.upto;
}

// The tables are not looked into any more when they are dropped; one that could not be dropped is found again by the
// next opening.
void index_db::drop_cuts(offset oldest_key) {
  const auto gone = [&] {
    return !cuts_.empty() && cuts_.front()->keys == keys_per_cut_ && cuts_.front()->last < oldest_key;
  };
  while (gone()) {
    const auto number = cuts_.front()->number;
    for (auto& one : lookups_) {
      const std::lock_guard lock(one.mutex);
      one.keys.erase(number);
      const std::lock_guard cuts_lock(cuts_mutex_);
      if (!cuts_.empty() && cuts_.front()->number == number) cuts_.erase(cuts_.begin());
    }
    writer_.run("DROP TABLE IF EXISTS " + keys_table(number));
    statement(writer_, "DELETE FROM cuts WHERE cut = ?").bind(1, number).run();
  }
}

bool index_db::remove_freed(freed& what, std::size_t sagas_max) {
  const auto left = what.sagas.size() - std::min(what.sagas.size(), sagas_max);
  // Where something was left out before, an opening looks for it.
  const bool all = left == 0 && oldest_ == what.before;
  as_one([&] {
    statement remove(writer_, "DELETE FROM finished WHERE saga = ? AND newest < ?");
    for (auto at = left; at != what.sagas.size(); ++at) {
      remove.bind(1, as_blob(what.sagas[at])).bind(2, as_integer(what.oldest)).run();
    }
    if (left != 0) return;
    drop_cuts(what.oldest_key);
    if (all) statement(writer_, "UPDATE state SET oldest = ?").bind(1, as_integer(what.oldest)).run();
  });
  what.sagas.resize(left);
  if (all) oldest_ = what.oldest;
  return left != 0;
}

void index_db::remove_before(offset oldest, offset oldest_key) {
  as_one([&] {
    if (oldest_ != oldest) {
      statement(writer_, "DELETE FROM finished WHERE newest < ?").bind(1, as_integer(oldest)).run();
      statement(writer_, "UPDATE state SET oldest = ?").bind(1, as_integer(oldest)).run();
    }
    drop_cuts(oldest_key);
  });
  oldest_ = oldest;
}

}  // namespace sagad::journal::log
