#include "journal/postgres/trimmer.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "journal/postgres/batch.hpp"

namespace sagad::journal::postgres {
namespace {

constexpr statement look_ahead{"trim_look",
                               "SELECT r.saga, r.partition_id, r.place, r.recorded, octet_length(r.bytes),"
                               " r.due <> -1 OR EXISTS"
                               "  (SELECT 1 FROM sagad_records n WHERE n.saga = r.saga AND n.place > r.place)"
                               " FROM sagad_records r WHERE r.place >= $1 AND r.place < $2"
                               "  AND (r.partition_id IN (SELECT unnest($4::INT4[]))) IS TRUE"
                               " ORDER BY r.place LIMIT $3"};
// Against an owner that comes after: as an append does, under the partitions' locks and epoch.
constexpr statement hold{"trim_hold",
                         "SELECT p.id FROM sagad_partitions p JOIN unnest($1::INT4[], $2::INT8[]) AS e (id, epoch)"
                         " ON p.id = e.id AND p.epoch = e.epoch ORDER BY p.id FOR UPDATE OF p"};
// With them goes what they leave behind: how far positions and times have come, and until when their keys are held.
constexpr const char* remove_what =
    "WITH gone AS ("
    " DELETE FROM sagad_records WHERE saga = ANY ($1::BYTEA[])"
    " RETURNING partition_id, saga, position, recorded, start_key), "
    "freed AS ("
    " UPDATE sagad_partitions SET freed_position = greatest(freed_position, f.position),"
    "  freed_time = greatest(freed_time, f.recorded)"
    " FROM (SELECT partition_id, max(position) AS position, max(recorded) AS recorded FROM gone GROUP BY partition_id)"
    "  AS f WHERE sagad_partitions.id = f.partition_id) ";
const std::string remove_and_end_keys =
    std::string(remove_what) +
    "UPDATE sagad_start_keys SET ended = e.recorded"
    " FROM (SELECT saga, max(recorded) AS recorded FROM gone GROUP BY saga) AS e"
    " WHERE start_key = ANY (ARRAY(SELECT start_key FROM gone WHERE start_key IS NOT NULL))"
    "  AND sagad_start_keys.saga = e.saga";
// Where keys are held no longer than histories.
const std::string remove_with_keys =
    std::string(remove_what) +
    "DELETE FROM sagad_start_keys"
    " WHERE start_key = ANY (ARRAY(SELECT start_key FROM gone WHERE start_key IS NOT NULL))"
    "  AND saga = ANY ($1::BYTEA[])";
// The row is locked last by everybody. Others may have come further.
constexpr statement note_oldest{"trim_note_oldest",
                                "UPDATE sagad_meta SET value = CAST(greatest(CAST(value AS INT8), $1) AS TEXT)"
                                " WHERE name = 'oldest' RETURNING CAST(value AS INT8)"};
// Of all that are held: nothing is waited for while the others' rows are kept. What is passed over is noted the next
// time.
constexpr statement note_place{"trim_note_place",
                               "WITH mine AS (SELECT p.id FROM sagad_partitions p"
                               " JOIN unnest($2::INT4[], $3::INT8[]) AS e (id, epoch)"
                               " ON p.id = e.id AND p.epoch = e.epoch ORDER BY p.id FOR UPDATE OF p SKIP LOCKED) "
                               "UPDATE sagad_partitions SET freed_place = greatest(freed_place, $1)"
                               " WHERE id IN (SELECT id FROM mine)"};
constexpr statement free_over_keys{
    "trim_keys",
    "DELETE FROM sagad_start_keys WHERE start_key IN"
    " (SELECT start_key FROM sagad_start_keys WHERE ended IS NOT NULL AND ended <= $1 LIMIT $2) RETURNING 1"};

// After a take-over about so much is looked at again.
constexpr std::uint64_t note_bytes = 4U << 20U;

}  // namespace

/// What may go at once.
struct trimmer::piece {
  std::uint64_t oldest = 0;  ///< from there on it is not over, or was not looked at
  bool more = false;
  std::vector<saga_id> sagas;
  std::vector<held_partition> partitions;
};

void trimmer::begin(const held_partition& one, std::uint64_t freed_place) {
  const std::lock_guard lock(mutex_);
  begun_.at(one.partition) = one.epoch;
  begin_at_ = std::min(begin_at_, freed_place);
}

void trimmer::learn_oldest(std::uint64_t place) noexcept {
  auto known = oldest_.load(std::memory_order_relaxed);
  while (known < place && !oldest_.compare_exchange_weak(known, place, std::memory_order_acq_rel)) {
  }
}

bool trimmer::run(millis now, std::uint64_t end) {
  const auto held = begin_run();
  const auto begun = std::chrono::steady_clock::now();
  try {
    const bool more = pool_.run([&](connection& database) { return trim(database, held, now, end); });
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - begun;
    nanoseconds_.fetch_add(static_cast<std::uint64_t>(took.count()), std::memory_order_relaxed);
    return more;
  } catch (const std::runtime_error& failed) {
    throw damaged("the database: " + std::string(failed.what()));
  }
}

// Only what has begun: of others it is not known yet from where on they are to be looked at.
std::vector<held_partition> trimmer::begin_run() {
  const std::lock_guard lock(mutex_);
  if (begin_at_ != UINT64_MAX) waits_for_.reset();
  freed_to_ = std::min(freed_to_, std::exchange(begin_at_, UINT64_MAX));
  noted_ = std::min(noted_, freed_to_);
  std::vector<held_partition> held;
  for (partition_no partition = 0; partition < partitions; ++partition) {
    const auto epoch = lease_.epoch(partition);
    if (epoch != 0 && epoch == begun_.at(partition)) held.push_back({partition, epoch});
  }
  return held;
}

bool trimmer::trim(connection& database, const std::vector<held_partition>& held, millis now, std::uint64_t end) {
  const auto more_keys = free_keys(database, now);
  const auto kept = settings_.retention.history;
  if (held.empty() || (waits_for_ && !is_over(*waits_for_, kept, now))) return more_keys;
  const auto over = look(database, held, now, end);
  if (over.oldest > freed_to_ && !remove(database, over)) return true;
  if (freed_to_ - noted_ >= note_bytes) {
    parameters with;
    add_held(with.int8(static_cast<std::int64_t>(freed_to_)), held);
    database.run(note_place, with);
    noted_ = freed_to_;
  }
  return over.more || more_keys;
}

trimmer::piece trimmer::look(connection& database, const std::vector<held_partition>& held, millis now,
                             std::uint64_t end) {
  waits_for_.reset();
  piece over;
  over.oldest = freed_to_;
  column ids(type::int4);
  for (const auto& one : held) ids.add_int4(one.partition);
  const auto found = database.run(look_ahead, parameters()
                                                  .int8(static_cast<std::int64_t>(freed_to_))
                                                  .int8(static_cast<std::int64_t>(end))
                                                  .int8(static_cast<std::int64_t>(records_))
                                                  .array(std::move(ids)));
  std::set<partition_no> seen;
  for (int row = 0; row < found.size(); ++row) {
    if (const auto recorded = found.integer(row, 3); !is_over(recorded, settings_.retention.history, now)) {
      if (row == 0) waits_for_ = recorded;
      return over;
    }
    const auto next =
        static_cast<std::uint64_t>(found.integer(row, 2)) + extent(static_cast<std::uint64_t>(found.integer(row, 4)));
    over.oldest = next;
    if (found.boolean(row, 5)) continue;
    over.sagas.push_back(value_of<saga_id>(found, row, 0));
    const auto partition = over.sagas.back().partition();
    if (!seen.insert(partition).second) continue;
    over.partitions.push_back(
        *std::find_if(held.begin(), held.end(), [partition](const auto& one) { return one.partition == partition; }));
  }
  over.more = static_cast<std::size_t>(found.size()) == records_;
  return over;
}

// False: nothing was, because some of it is another's, or takes too long, or the writer is at something that must not
// go. Should this process stand still meanwhile, the database takes it back as early as if it was at work itself.
bool trimmer::remove(connection& database, const piece& over) {
  if (!gone_.try_lock_for(settings_.retry_max)) return false;
  const std::lock_guard nobody_writes(gone_, std::adopt_lock);
  const auto at_most = std::to_string(patience_.count());
  database.run_all("BEGIN; SET LOCAL statement_timeout = " + at_most +
                   "; SET LOCAL idle_in_transaction_session_timeout = " + at_most);
  if (!hold_partitions(database, over)) return false;
  std::uint64_t oldest = 0;
  try {
    oldest = remove_held(database, over);
  } catch (const statement_failed& failed) {
    if (!failed.may_pass() || !try_less()) throw;
    database.run_all("ROLLBACK");
    return false;
  }
  database.run_all("COMMIT");
  try_as_ever();
  learn_oldest(oldest);
  freed_to_ = over.oldest;
  pieces_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

bool trimmer::hold_partitions(connection& database, const piece& over) {
  parameters wanted;
  const auto held = database.run(hold, add_held(wanted, over.partitions));
  if (static_cast<std::size_t>(held.size()) == over.partitions.size()) return true;
  std::set<partition_no> ours;
  for (int row = 0; row < held.size(); ++row) ours.insert(static_cast<partition_no>(held.integer(row, 0)));
  database.run_all("ROLLBACK");
  for (const auto& one : over.partitions) {
    if (!ours.contains(one.partition)) lease_.lose(one);
  }
  return false;
}

// Returns how far all have come.
std::uint64_t trimmer::remove_held(connection& database, const piece& over) const {
  if (!over.sagas.empty()) {
    const statement keeping{"trim_remove_and_end_keys", remove_and_end_keys.c_str()};
    const statement with_keys{"trim_remove_with_keys", remove_with_keys.c_str()};
    const bool keys_go = settings_.retention.keys <= settings_.retention.history;
    column sagas(type::bytea);
    for (const auto& saga : over.sagas) sagas.add_bytes(bytes_of(saga));
    database.run(keys_go ? with_keys : keeping, parameters().array(std::move(sagas)));
  }
  const auto oldest = database.run(note_oldest, parameters().int8(static_cast<std::int64_t>(over.oldest)));
  return static_cast<std::uint64_t>(oldest.integer(0, 0));
}

// One saga alone keeps its own partition's row, and may have many records: it is given more time, but not so much that
// its lease cannot be renewed.
bool trimmer::try_less() noexcept {
  const auto most = settings_.lease / 2;
  if (records_ > 1) {
    records_ /= 2;
  } else if (patience_ < most) {
    patience_ = std::min(2 * patience_, most);
  } else {
    return false;
  }
  return true;
}

void trimmer::try_as_ever() noexcept {
  records_ = std::min(2 * records_, settings_.trim_records);
  patience_ = std::max(std::min(settings_.trim_patience, settings_.lease / 10), std::chrono::milliseconds(1));
}

bool trimmer::free_keys(connection& database, millis now) const {
  if (settings_.retention.keys == never) return false;
  const auto freed = database.run(
      free_over_keys,
      parameters().int8(now - settings_.retention.keys).int8(static_cast<std::int64_t>(settings_.trim_records)));
  return static_cast<std::size_t>(freed.size()) == settings_.trim_records;
}

}  // namespace sagad::journal::postgres
