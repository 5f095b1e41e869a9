#include "journal/postgres/migrations.hpp"

#include <array>
#include <random>

namespace sagad::journal::postgres::migrations {
namespace {

/// The types are those that every server has by the same name and size; names are unquoted, and prefixed, so that a
/// table of somebody else is never taken for ours. IF NOT EXISTS: where tables are not made in a transaction
/// (YugabyteDB) what was begun is completed by the next opening; the version is written last.
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
  freed_time INT8 NOT NULL,
  live_position INT8 NOT NULL
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
CREATE INDEX IF NOT EXISTS sagad_records_place ON sagad_records (place);
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
CREATE INDEX IF NOT EXISTS sagad_start_keys_ended ON sagad_start_keys (ended) WHERE ended IS NOT NULL;
CREATE TABLE IF NOT EXISTS sagad_definitions (
  number INT8 PRIMARY KEY,
  name TEXT NOT NULL,
  version INT8 NOT NULL,
  content BYTEA NOT NULL,
  canonical BYTEA NOT NULL,
  retired BOOLEAN NOT NULL
);
INSERT INTO sagad_partitions (id, epoch, freed_position, freed_time, live_position)
  SELECT n, 0, 0, 0, 0 FROM generate_series(0, 255) AS all_partitions (n) ON CONFLICT DO NOTHING;
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
CREATE INDEX IF NOT EXISTS sagad_messages_answered ON sagad_messages (answered) WHERE answered IS NOT NULL;
CREATE INDEX IF NOT EXISTS sagad_live_sagas_partition ON sagad_live_sagas (partition_id);
ALTER TABLE sagad_partitions ADD COLUMN IF NOT EXISTS freed_place INT8 NOT NULL DEFAULT 0;
UPDATE sagad_partitions SET freed_place = (SELECT CAST(value AS INT8) FROM sagad_meta WHERE name = 'oldest')
  WHERE EXISTS (SELECT 1 FROM sagad_meta WHERE name = 'oldest');
INSERT INTO sagad_meta (name, value) VALUES ('floor', '0') ON CONFLICT DO NOTHING;
)";

constexpr std::array steps{first_tables, shared_tables};

std::string fresh_identity() {
  std::random_device source;
  const auto random = static_cast<std::uint64_t>(source()) << 32U | source();
  // As text, and none is 0.
  return std::to_string(random | 1U);
}

}  // namespace

std::int64_t newest() {
  return static_cast<std::int64_t>(steps.size());
}

std::int64_t version(connection& database) {
  static constexpr statement there{"has_migrations",
                                   "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND "
                                   "table_name = 'sagad_migrations'"};
  static constexpr statement ask{"version", "SELECT coalesce(max(version), 0) FROM sagad_migrations"};
  if (database.run(there).empty()) return 0;
  return database.run(ask).integer(0, 0);
}

void apply(connection& database, std::int64_t from) {
  std::string all =
      "BEGIN; CREATE TABLE IF NOT EXISTS sagad_migrations (version INT8 PRIMARY KEY, applied TIMESTAMPTZ "
      "NOT NULL);";
  for (auto next = from; next < newest(); ++next) {
    all += steps.at(static_cast<std::size_t>(next));
    if (next == 0) {
      all += "INSERT INTO sagad_meta (name, value) VALUES ('identity', '" + fresh_identity() +
             "'), ('oldest', '0') ON CONFLICT DO NOTHING;";
    }
    all += "INSERT INTO sagad_migrations (version, applied) VALUES (" + std::to_string(next + 1) + ", now());";
  }
  try {
    database.run_all(all + "COMMIT");
  } catch (const statement_failed&) {
    database.run_all("ROLLBACK");
    throw;
  }
}

std::optional<std::string> prepare(connection& database) {
  auto found = version(database);
  if (found == 0) {
    try {
      apply(database, 0);
    } catch (const statement_failed&) {
      // Perhaps because another has made them at the same moment.
      if (version(database) == 0) throw;
    }
    found = version(database);
  }
  if (found == newest()) return std::nullopt;
  const auto versions = "the tables in " + database.where() + " are of version " + std::to_string(found) +
                        ", and this sagad knows version " + std::to_string(newest());
  if (found > newest()) return versions + ": a newer sagad has changed them, start that one";
  return versions + ": they must be brought forward first";
}

}  // namespace sagad::journal::postgres::migrations
