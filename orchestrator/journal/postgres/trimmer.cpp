#include "journal/postgres/trimmer.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "journal/postgres/batch.hpp"

namespace sagad::journal::postgres {
namespace {

constexpr statement look_ahead{"trim_look",
                               "SELECT r.saga, r.partition_id, r.place, r.recorded, octet_length(r.bytes),"
                               " EXISTS (SELECT 1 FROM sagad_live_sagas l WHERE l.saga = r.saga) OR EXISTS"
                               "  (SELECT 1 FROM sagad_records n WHERE n.saga = r.saga AND n.place > r.place)"
                               " FROM sagad_records r WHERE r.place >= $1 AND r.place < $2 ORDER BY r.place LIMIT $3"};
// Against an owner that comes after: as an append does, under the partitions' locks and epoch.
constexpr statement hold{
    "trim_hold", "SELECT id FROM sagad_partitions WHERE id = ANY ($1::INT4[]) AND epoch = $2 ORDER BY id FOR UPDATE"};
constexpr statement end_keys{
    "trim_end_keys",
    "UPDATE sagad_start_keys SET ended = (SELECT max(r.recorded) FROM sagad_records r WHERE r.saga ="
    " sagad_start_keys.saga) WHERE start_key IN"
    " (SELECT s.start_key FROM sagad_records s WHERE s.saga = ANY ($1::BYTEA[]) AND s.seq = 1 AND s.start_key IS NOT "
    "NULL)"
    " AND saga = ANY ($1::BYTEA[])"};
constexpr statement note_freed{"trim_note_freed",
                               "UPDATE sagad_partitions SET freed_position = greatest(freed_position, f.position),"
                               " freed_time = greatest(freed_time, f.recorded)"
                               " FROM (SELECT r.partition_id, max(r.position) AS position, max(r.recorded) AS recorded"
                               "  FROM sagad_records r WHERE r.saga = ANY ($1::BYTEA[]) GROUP BY r.partition_id) AS f"
                               " WHERE sagad_partitions.id = f.partition_id"};
constexpr statement remove_records{"trim_remove", "DELETE FROM sagad_records WHERE saga = ANY ($1::BYTEA[])"};
constexpr statement note_oldest{"trim_note_oldest", "UPDATE sagad_meta SET value = $1 WHERE name = 'oldest'"};
constexpr statement free_over_keys{
    "trim_keys",
    "DELETE FROM sagad_start_keys WHERE start_key IN"
    " (SELECT start_key FROM sagad_start_keys WHERE ended IS NOT NULL AND ended <= $1 LIMIT $2) RETURNING 1"};

}  // namespace

/// What may go at once.
struct trimmer::piece {
  std::uint64_t oldest = 0;  ///< from there on it is not over, or was not looked at
  bool more = false;
  std::vector<saga_id> sagas;
  std::set<partition_no> partitions;
};

bool trimmer::run(millis now, std::uint64_t end) {
  try {
    return pool_.run([&](connection& database) { return trim(database, now, end); });
  } catch (const std::runtime_error& failed) {
    throw damaged("the database: " + std::string(failed.what()));
  }
}

bool trimmer::trim(connection& database, millis now, std::uint64_t end) {
  const auto more_keys = free_keys(database, now);
  const auto over = look(database, now, end);
  if (over.oldest > freed_to_) remove(database, over);
  return over.more || more_keys;
}

trimmer::piece trimmer::look(connection& database, millis now, std::uint64_t end) const {
  piece over;
  over.oldest = freed_to_;
  const auto found = database.run(look_ahead, parameters()
                                                  .int8(static_cast<std::int64_t>(freed_to_))
                                                  .int8(static_cast<std::int64_t>(end))
                                                  .int8(static_cast<std::int64_t>(settings_.trim_records)));
  for (int row = 0; row < found.size(); ++row) {
    if (!is_over(found.integer(row, 3), settings_.retention.history, now)) return over;
    const auto next =
        static_cast<std::uint64_t>(found.integer(row, 2)) + extent(static_cast<std::uint64_t>(found.integer(row, 4)));
    over.oldest = next;
    if (found.boolean(row, 5)) continue;
    over.sagas.push_back(found.saga(row, 0));
    over.partitions.insert(over.sagas.back().partition());
  }
  over.more = static_cast<std::size_t>(found.size()) == settings_.trim_records;
  return over;
}

void trimmer::remove(connection& database, const piece& over) {
  column all_partitions(type::int4);
  for (const auto partition : over.partitions) all_partitions.add_int4(partition);
  const auto sagas = [&over] {
    column all(type::bytea);
    for (const auto& saga : over.sagas) all.add(saga);
    return all;
  };
  const std::lock_guard lock(gone_);
  database.run_all("BEGIN");
  const auto held =
      database.run(hold, parameters().array(std::move(all_partitions)).int8(static_cast<std::int64_t>(lease_.epoch())));
  if (static_cast<std::size_t>(held.size()) != over.partitions.size()) {
    throw std::runtime_error("it has another owner");
  }
  if (!over.sagas.empty()) {
    database.run(end_keys, parameters().array(sagas()));
    database.run(note_freed, parameters().array(sagas()));
    database.run(remove_records, parameters().array(sagas()));
  }
  database.run(note_oldest, parameters().text(std::to_string(over.oldest)));
  // Before they are gone: who scans there looks at it afterwards, and must not take what is missing for nothing.
  oldest_.store(over.oldest, std::memory_order_release);
  database.run_all("COMMIT");
  freed_to_ = over.oldest;
  pieces_.fetch_add(1, std::memory_order_relaxed);
}

bool trimmer::free_keys(connection& database, millis now) const {
  if (settings_.retention.keys == never) return false;
  const auto freed = database.run(
      free_over_keys,
      parameters().int8(now - settings_.retention.keys).int8(static_cast<std::int64_t>(settings_.trim_records)));
  return static_cast<std::size_t>(freed.size()) == settings_.trim_records;
}

}  // namespace sagad::journal::postgres
