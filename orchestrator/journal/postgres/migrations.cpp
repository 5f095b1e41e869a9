#include "journal/postgres/migrations.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>

#include "journal/postgres/format_level.hpp"
#include "journal/postgres/table_check.hpp"

namespace sagad::journal::postgres::migrations {
namespace {

/// The types are those that every server has by the same name and size; names are unquoted, and prefixed, so that a
/// table of somebody else is never taken for ours. IF NOT EXISTS: where tables are not made in a transaction
/// (CockroachDB, YugabyteDB) what was begun is completed by `sagad migrate`; the version is written last. ASC, where an
/// index is gone through in its order: YugabyteDB's would else be hashed.
constexpr const char* first_tables = R"(
CREATE TABLE IF NOT EXISTS sagad_meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sagad_partitions (
  id INT4 PRIMARY KEY,
  epoch INT8 NOT NULL,
  owner TEXT,
  lease_until TIMESTAMPTZ,
  freed_position INT8 NOT NULL,
  freed_time INT8 NOT NULL
);
CREATE TABLE IF NOT EXISTS sagad_records (
  partition_id INT4 NOT NULL,
  position INT8 NOT NULL,
  day INT4 NOT NULL,
  place INT8 NOT NULL,
  epoch INT8 NOT NULL,
  saga BYTEA NOT NULL,
  seq INT4 NOT NULL,
  recorded INT8 NOT NULL,
  due INT8 NOT NULL,
  start_key TEXT,
  bytes BYTEA NOT NULL,
  PRIMARY KEY (partition_id, position, day)
);
CREATE INDEX IF NOT EXISTS sagad_records_saga ON sagad_records (saga, seq);
CREATE INDEX IF NOT EXISTS sagad_records_place ON sagad_records (place ASC);
CREATE TABLE IF NOT EXISTS sagad_live_sagas (
  saga BYTEA PRIMARY KEY,
  partition_id INT4 NOT NULL
);
CREATE TABLE IF NOT EXISTS sagad_start_keys (
  start_key TEXT PRIMARY KEY,
  saga BYTEA NOT NULL,
  request_bytes BYTEA NOT NULL,
  request_canonical BYTEA NOT NULL,
  ended INT8
);
CREATE INDEX IF NOT EXISTS sagad_start_keys_ended ON sagad_start_keys (ended ASC) WHERE ended IS NOT NULL;
CREATE TABLE IF NOT EXISTS sagad_definitions (
  number INT8 PRIMARY KEY,
  name TEXT NOT NULL,
  version INT8 NOT NULL,
  content BYTEA NOT NULL,
  canonical BYTEA NOT NULL,
  retired BOOLEAN NOT NULL
);
INSERT INTO sagad_partitions (id, epoch, freed_position, freed_time)
  SELECT n, 0, 0, 0 FROM generate_series(0, 255) AS all_partitions (n) ON CONFLICT DO NOTHING;
)";

/// What several nodes need: docs/decisions/0223.
constexpr const char* shared_tables = R"(
CREATE TABLE IF NOT EXISTS sagad_nodes (
  name TEXT PRIMARY KEY,
  slot INT4 NOT NULL UNIQUE,
  address TEXT NOT NULL,
  seen TIMESTAMPTZ NOT NULL,
  leaving BOOLEAN NOT NULL,
  floor INT8 NOT NULL
);
CREATE TABLE IF NOT EXISTS sagad_messages (
  id TEXT PRIMARY KEY,
  partition_id INT4 NOT NULL,
  saga BYTEA NOT NULL,
  posted TIMESTAMPTZ NOT NULL,
  bytes BYTEA NOT NULL,
  answer BYTEA,
  answered TIMESTAMPTZ
);
CREATE INDEX IF NOT EXISTS sagad_messages_open ON sagad_messages (partition_id, posted) WHERE answered IS NULL;
CREATE INDEX IF NOT EXISTS sagad_messages_answered ON sagad_messages (answered ASC) WHERE answered IS NOT NULL;
CREATE INDEX IF NOT EXISTS sagad_live_sagas_partition ON sagad_live_sagas (partition_id);
ALTER TABLE sagad_partitions ADD COLUMN IF NOT EXISTS freed_place INT8 NOT NULL DEFAULT 0;
UPDATE sagad_partitions SET freed_place = (SELECT CAST(value AS INT8) FROM sagad_meta WHERE name = 'oldest')
  WHERE EXISTS (SELECT 1 FROM sagad_meta WHERE name = 'oldest');
INSERT INTO sagad_meta (name, value) VALUES ('floor', '0') ON CONFLICT DO NOTHING;
)";

/// Up to where the table of live sagas is told. Before it each append told them: up to the last record. Who does not
/// know it would believe the table alone, and miss those that began last.
constexpr const char* live_told_later = R"(
ALTER TABLE sagad_partitions ADD COLUMN IF NOT EXISTS live_position INT8 NOT NULL DEFAULT 0;
UPDATE sagad_partitions SET live_position =
  coalesce((SELECT max(r.position) FROM sagad_records r WHERE r.partition_id = sagad_partitions.id), 0)
  WHERE live_position = 0;
)";

/// Who is a node and does not say what he reads, because he knows nothing of it, reads the first format.
constexpr const char* formats_told = R"(
ALTER TABLE sagad_nodes ADD COLUMN IF NOT EXISTS reads_format INT4 NOT NULL DEFAULT 1;
INSERT INTO sagad_meta (name, value) VALUES ('record_format', '1') ON CONFLICT DO NOTHING;
)";

/// A client that was told to ask for its command again asks by the saga.
constexpr const char* messages_found_by_saga = R"(
CREATE INDEX IF NOT EXISTS sagad_messages_saga ON sagad_messages (saga, posted);
)";

constexpr std::array<step, 5> all_steps{{
    {"makes the tables", first_tables, 1, "0.1.0"},
    {"adds what several nodes share", shared_tables, 1, "0.1.0"},
    {"lets live sagas be told a little later", live_told_later, 3, "0.1.0"},
    {"lets nodes say which format of records they read", formats_told, 3, "0.1.0"},
    {"lets a saga's messages be found by an index", messages_found_by_saga, 3, "0.1.0"},
}};

// Also where the user has no right to it: then that is what is told, and not that there are no tables.
constexpr statement has_ledger{"has_migrations",
                               "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                               " ON n.oid = c.relnamespace"
                               " WHERE n.nspname = current_schema() AND c.relname = 'sagad_migrations'"};
constexpr statement has_beside{"has_beside",
                               "SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema() AND "
                               "table_name = 'sagad_migrations' AND column_name = 'beside'"};
// Before that column each version was for those alone that knew it.
constexpr statement look_at_first{"look_at_first",
                                  "SELECT coalesce(max(version), 0), coalesce(max(version), 0) FROM sagad_migrations"};
constexpr statement look_at_ledger{
    "look_at_ledger",
    "SELECT coalesce(max(version), 0), coalesce(max(coalesce(beside, version)), 0) FROM sagad_migrations"};
// One at a time: row 0 is nothing but what they wait for.
constexpr statement take_turn{"take_turn", "SELECT version FROM sagad_migrations WHERE version = 0 FOR UPDATE"};
constexpr statement note_step{"note_step",
                              "INSERT INTO sagad_migrations (version, applied, beside) VALUES ($1, now(), $2) "
                              "ON CONFLICT DO NOTHING"};
constexpr statement note_identity{"note_identity",
                                  "INSERT INTO sagad_meta (name, value) VALUES ('identity', $1), ('oldest', '0') "
                                  "ON CONFLICT DO NOTHING"};

// Who takes the partitions waits for this, and then looks at the tables again; who had them, and goes on although his
// lease is over, finds another epoch.
constexpr statement hold_partitions{"hold_partitions", "SELECT id FROM sagad_partitions ORDER BY id FOR UPDATE"};
constexpr statement find_owner{
    "find_owner",
    "SELECT owner, CAST(lease_until AS TEXT) FROM sagad_partitions WHERE owner IS NOT NULL AND lease_until >= now() "
    "ORDER BY lease_until DESC LIMIT 1"};
constexpr statement fence_all{"fence_all",
                              "UPDATE sagad_partitions SET epoch = epoch + 1, owner = NULL, lease_until = NULL"};
// A node that was away meanwhile asks to be let in again, and finds the tables changed.
constexpr statement forget_nodes{"forget_nodes", "DELETE FROM sagad_nodes"};
constexpr std::int64_t first_with_nodes = 2;

std::string fresh_identity() {
  std::random_device source;
  const auto random = static_cast<std::uint64_t>(source()) << 32U | source();
  // As text, and none is 0.
  return std::to_string(random | 1U);
}

void make_ledger(connection& database) {
  if (database.run(has_ledger).empty()) {
    try {
      database.run_all(
          "CREATE TABLE IF NOT EXISTS sagad_migrations (version INT8 PRIMARY KEY, applied TIMESTAMPTZ NOT NULL, "
          "beside INT8)");
    } catch (const statement_failed&) {
      // Perhaps because another has made it at the same moment.
      if (database.run(has_ledger).empty()) throw;
    }
  } else if (database.run(has_beside).empty()) {
    database.run_all("ALTER TABLE sagad_migrations ADD COLUMN IF NOT EXISTS beside INT8");
  }
  database.run_all(
      "INSERT INTO sagad_migrations (version, applied, beside) VALUES (0, now(), 0) ON CONFLICT DO NOTHING");
}

void refuse_beside_others(connection& database, std::int64_t version) {
  database.run(hold_partitions);
  const auto found = database.run(find_owner);
  if (!found.empty()) {
    throw in_the_way("the journal in " + database.where() + " is in use by " + std::string(found.bytes(0, 0)) +
                     ", until " + std::string(found.bytes(0, 1)) +
                     ", and the next step may not be done beside it: end every sagad on it first");
  }
  database.run(fence_all);
  if (version >= first_with_nodes) database.run(forget_nodes);
}

std::string versions_told(connection& database, std::int64_t found, steps known) {
  return "the tables in " + database.where() + " are of version " + std::to_string(found) +
         ", and this sagad knows version " + std::to_string(known.size());
}

// One by one: where tables change outside of transactions a column is not there yet for what is sent together with the
// statement that adds it.
void run_each(connection& database, std::string_view sql) {
  while (!sql.empty()) {
    const auto end = std::min(sql.find(';'), sql.size());
    const auto one = sql.substr(0, end);
    if (one.find_first_not_of(" \n") != std::string_view::npos) database.run_all(std::string(one));
    sql.remove_prefix(std::min(end + 1, sql.size()));
  }
}

// CockroachDB refuses to change tables in a transaction of the level that sessions have here, unless it may commit what
// came before. Elsewhere there is no such setting.
void let_tables_change(connection& database) {
  try {
    database.run_all("SET autocommit_before_ddl = on");
  } catch (const statement_failed&) {
  }
}

void do_step(connection& database, steps known, std::int64_t version) {
  const auto& next = known[static_cast<std::size_t>(version)];
  run_each(database, next.sql);
  if (version == 0) database.run(note_identity, parameters().text(fresh_identity()));
  database.run(note_step, parameters().int8(version + 1).int8(next.beside));
}

// Under the turn, in a transaction. New tables are made as a whole: nobody finds a part of them.
steps_done do_missing(connection& database, steps known, std::uint8_t format) {
  steps_done done;
  done.from = done.to = look(database).version;
  const auto newest = static_cast<std::int64_t>(known.size());
  if (done.from >= newest) return done;
  if (done.from == 0) {
    while (done.to < newest) do_step(database, known, done.to++);
    set_first_level(database, format);
    return done;
  }
  if (known[static_cast<std::size_t>(done.from)].beside > done.from) refuse_beside_others(database, done.from);
  do_step(database, known, done.to++);
  return done;
}

}  // namespace

steps all() {
  return all_steps;
}

standing look(connection& database) {
  if (database.run(has_ledger).empty()) return {};
  const auto found = database.run(database.run(has_beside).empty() ? look_at_first : look_at_ledger);
  return {found.integer(0, 0), found.integer(0, 1)};
}

steps_done do_next(connection& database, steps known, std::uint8_t format) {
  let_tables_change(database);
  make_ledger(database);
  return in_transaction(database, [&] {
    database.run(take_turn);
    return do_missing(database, known, format);
  });
}

std::optional<std::string> refusal(connection& database, steps known) {
  const auto found = look(database);
  const auto newest = static_cast<std::int64_t>(known.size());
  if (found.version < newest) {
    return versions_told(database, found.version, known) +
           ": run `sagad migrate` with the same settings (`--dry-run` shows what it would do), then start again";
  }
  if (found.needs <= newest) return std::nullopt;
  return versions_told(database, found.version, known) + ": a newer sagad has changed them, start that one";
}

std::optional<std::string> prepare(connection& database, steps known, std::uint8_t format) {
  if (auto why = why_not_allowed(database, known)) return why;
  if (auto why = why_incomplete(database, known)) return why;
  if (look(database).version == 0) do_next(database, known, format);
  return refusal(database, known);
}

}  // namespace sagad::journal::postgres::migrations
