#include "journal/postgres/append_statement.hpp"

namespace sagad::journal::postgres {
namespace {

// The lock on the partitions' rows fences: whoever takes over waits for this, and this reads the epoch anew when it has
// waited for a take-over. A check without a lock, or with one for share, does not: it sees the time before.
// Rows are locked, and keys taken, in one order by everybody: nobody waits for one who waits for him.
// Statements in a WITH do not see each other's rows, so what begins and ends here is told apart by the caller.
constexpr statement append_all{
    "append",
    "WITH own AS ("
    " SELECT p.id FROM sagad_partitions p JOIN unnest($1::INT4[], $2::INT8[]) AS e (id, epoch)"
    "  ON p.id = e.id AND p.epoch = e.epoch ORDER BY p.id FOR UPDATE OF p), "
    "sent AS ("
    " SELECT r.* FROM unnest($3::INT4[], $4::INT8[], $5::INT4[], $6::INT8[], $7::INT8[], $8::BYTEA[], $9::INT4[],"
    "  $10::INT8[], $11::INT8[], $12::BYTEA[], $13::BOOL[], $14::INT4[])"
    "  AS r (partition_id, position, day, place, epoch, saga, seq, recorded, due, bytes, needs_key, live_change)), "
    "named AS ("
    " SELECT k.* FROM unnest($15::TEXT[], $16::BYTEA[], $17::BYTEA[], $18::BYTEA[], $19::INT4[])"
    "  AS k (start_key, saga, request_bytes, request_canonical, partition_id)), "
    "keyed AS ("
    " INSERT INTO sagad_start_keys (start_key, saga, request_bytes, request_canonical)"
    " SELECT k.start_key, k.saga, k.request_bytes, k.request_canonical"
    " FROM named k JOIN own ON own.id = k.partition_id ORDER BY k.start_key"
    " ON CONFLICT DO NOTHING RETURNING saga), "
    "written AS ("
    " INSERT INTO sagad_records"
    "  (partition_id, position, day, place, epoch, saga, seq, recorded, due, start_key, bytes)"
    " SELECT r.partition_id, r.position, r.day, r.place, r.epoch, r.saga, r.seq, r.recorded, r.due,"
    "  CASE WHEN r.seq = 1 THEN (SELECT k.start_key FROM named k WHERE k.saga = r.saga) END, r.bytes"
    " FROM sent r JOIN own ON own.id = r.partition_id"
    " WHERE NOT r.needs_key OR r.saga IN (SELECT saga FROM keyed)"
    " ON CONFLICT DO NOTHING RETURNING partition_id, position), "
    "begun AS ("
    " INSERT INTO sagad_live_sagas (saga, partition_id)"
    " SELECT r.saga, r.partition_id FROM sent r"
    "  JOIN written w ON w.partition_id = r.partition_id AND w.position = r.position"
    " WHERE r.live_change > 0 ON CONFLICT DO NOTHING), "
    "ended AS ("
    " DELETE FROM sagad_live_sagas WHERE saga IN ("
    "  SELECT r.saga FROM sent r JOIN written w ON w.partition_id = r.partition_id AND w.position = r.position"
    "  WHERE r.live_change < 0)) "
    "SELECT partition_id, position FROM written"};

constexpr statement find_sent{
    "find_sent",
    "SELECT r.partition_id, r.position FROM unnest($1::INT4[], $2::INT8[], $3::INT8[], $4::INT8[], $5::BYTEA[])"
    " AS s (partition_id, position, epoch, place, saga)"
    " JOIN sagad_records r ON r.partition_id = s.partition_id AND r.position = s.position"
    " WHERE r.epoch = s.epoch AND r.place = s.place AND r.saga = s.saga"};
constexpr statement find_epochs{"find_epochs", "SELECT id, epoch FROM sagad_partitions WHERE id = ANY ($1::INT4[])"};

std::int64_t signed_of(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value);
}

std::set<record_key> keys_of(const rows& found) {
  std::set<record_key> result;
  for (int row = 0; row < found.size(); ++row) {
    result.insert({static_cast<partition_no>(found.integer(row, 0)), static_cast<position>(found.integer(row, 1))});
  }
  return result;
}

/// A saga's records in one statement.
struct change {
  const held_entry* last = nullptr;
  bool needs_key = false;
};

std::unordered_map<saga_id, change, saga_id_hash> changes_of(const std::vector<sent_record>& records) {
  std::unordered_map<saga_id, change, saga_id_hash> result;
  for (const auto& record : records) {
    auto& of = result[record.entry->saga];
    of.last = record.entry;
    of.needs_key |= record.entry->key.has_value();
  }
  return result;
}

}  // namespace

std::set<record_key> append_records(connection& database, const std::vector<sent_record>& records,
                                    const live_sagas& live) {
  const auto changes = changes_of(records);
  std::unordered_map<partition_no, std::uint64_t> epochs;
  column partition(type::int4), position(type::int8), day(type::int4), place(type::int8), epoch(type::int8);
  column saga(type::bytea), seq(type::int4), recorded(type::int8), due(type::int8), bytes(type::bytea);
  column needs_key(type::boolean), live_change(type::int4);
  column key(type::text), key_saga(type::bytea), request(type::bytea), canonical(type::bytea),
      key_partition(type::int4);
  for (const auto& [entry, at] : records) {
    epochs[entry->saga.partition()] = entry->epoch;
    partition.add_int4(entry->saga.partition());
    position.add_int8(signed_of(entry->position));
    day.add_int4(day_of(entry->time));
    place.add_int8(signed_of(at));
    epoch.add_int8(signed_of(entry->epoch));
    saga.add(entry->saga);
    seq.add_int4(static_cast<std::int32_t>(entry->seq));
    recorded.add_int8(entry->time);
    due.add_int8(entry->due);
    bytes.add_bytes(entry->bytes);
    const auto& of = changes.at(entry->saga);
    needs_key.add_bool(of.needs_key);
    const bool is_live = live.contains(entry->saga);
    const bool begins = of.last == entry && !entry->final && !is_live;
    const bool ends = of.last == entry && entry->final && is_live;
    live_change.add_int4(begins ? 1 : ends ? -1 : 0);
    if (!entry->key) continue;
    key.add_bytes(entry->key->text);
    key_saga.add(entry->saga);
    request.add(entry->key->request_bytes);
    canonical.add(entry->key->request_canonical);
    key_partition.add_int4(entry->saga.partition());
  }
  column own(type::int4), own_epoch(type::int8);
  for (const auto& [id, of] : epochs) {
    own.add_int4(id);
    own_epoch.add_int8(signed_of(of));
  }
  parameters with;
  for (auto* each : {&own, &own_epoch, &partition, &position, &day, &place, &epoch, &saga, &seq, &recorded, &due,
                     &bytes, &needs_key, &live_change, &key, &key_saga, &request, &canonical, &key_partition}) {
    with.array(std::move(*each));
  }
  return keys_of(database.run(append_all, with));
}

found_records find_records(connection& database, const std::vector<sent_record>& records) {
  column partition(type::int4), position(type::int8), epoch(type::int8), place(type::int8), saga(type::bytea);
  column all_partitions(type::int4);
  std::set<partition_no> seen;
  for (const auto& [entry, at] : records) {
    partition.add_int4(entry->saga.partition());
    position.add_int8(signed_of(entry->position));
    epoch.add_int8(signed_of(entry->epoch));
    place.add_int8(signed_of(at));
    saga.add(entry->saga);
    if (seen.insert(entry->saga.partition()).second) all_partitions.add_int4(entry->saga.partition());
  }
  parameters with;
  for (auto* each : {&partition, &position, &epoch, &place, &saga}) with.array(std::move(*each));
  found_records result;
  result.ours = keys_of(database.run(find_sent, with));
  const auto epochs = database.run(find_epochs, parameters().array(std::move(all_partitions)));
  for (int row = 0; row < epochs.size(); ++row) {
    result.epochs[static_cast<partition_no>(epochs.integer(row, 0))] =
        static_cast<std::uint64_t>(epochs.integer(row, 1));
  }
  return result;
}

}  // namespace sagad::journal::postgres
