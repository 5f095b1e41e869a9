#include "journal/postgres/append_statement.hpp"

#include <string>

#include "journal/postgres/live_changes.hpp"

namespace sagad::journal::postgres {
namespace {

// The lock on the partitions' rows fences: whoever takes over waits for this, and this reads the epoch anew when it has
// waited for a take-over. A check without a lock, or with one for share, does not: it sees the time before.
// Rows are locked, and keys taken, in one order by everybody: nobody waits for one who waits for him.
// `(... IN (SELECT ...)) IS TRUE` is looked up in a hash: as a join, planned without knowing how long the arrays are,
// it may compare each with each.
constexpr const char* append_what =
    "WITH own AS ("
    " SELECT p.id FROM sagad_partitions p JOIN unnest($1::INT4[], $2::INT8[]) AS e (id, epoch)"
    "  ON p.id = e.id AND p.epoch = e.epoch ORDER BY p.id FOR UPDATE OF p), "
    "keyed AS ("
    " INSERT INTO sagad_start_keys (start_key, saga, request_bytes, request_canonical)"
    " SELECT k.start_key, k.saga, k.request_bytes, k.request_canonical"
    " FROM (SELECT unnest($3::TEXT[]) AS start_key, unnest($4::BYTEA[]) AS saga, unnest($5::BYTEA[]) AS request_bytes,"
    "   unnest($6::BYTEA[]) AS request_canonical, unnest($7::INT4[]) AS partition_id) AS k"
    " WHERE (k.partition_id IN (SELECT id FROM own)) IS TRUE ORDER BY k.start_key"
    " ON CONFLICT DO NOTHING RETURNING saga) "
    "INSERT INTO sagad_records"
    " (partition_id, position, day, place, epoch, saga, seq, recorded, due, start_key, bytes)"
    " SELECT r.partition_id, r.position, r.day, r.place, r.epoch, r.saga, r.seq, r.recorded, r.due,"
    "  nullif(r.start_key, ''), r.bytes"
    " FROM (SELECT unnest($8::INT4[]) AS partition_id, unnest($9::INT8[]) AS position, unnest($10::INT4[]) AS day,"
    "   unnest($11::INT8[]) AS place, unnest($12::INT8[]) AS epoch, unnest($13::BYTEA[]) AS saga,"
    "   unnest($14::INT4[]) AS seq, unnest($15::INT8[]) AS recorded, unnest($16::INT8[]) AS due,"
    "   unnest($17::TEXT[]) AS start_key, unnest($18::BYTEA[]) AS bytes, unnest($19::BOOL[]) AS needs_key) AS r"
    " WHERE (r.partition_id IN (SELECT id FROM own)) IS TRUE"
    "  AND (NOT r.needs_key OR r.saga IN (SELECT saga FROM keyed))";

const std::string append_again = std::string(append_what) + " ON CONFLICT DO NOTHING";

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

/// Those whose start is among the records, and takes a key.
live_sagas::set keyed_of(const std::vector<sent_record>& records) {
  live_sagas::set result;
  for (const auto& record : records) {
    if (record.entry->key) result.insert(record.entry->saga);
  }
  return result;
}

struct key_columns {
  column key{type::text}, saga{type::bytea}, request{type::bytea}, canonical{type::bytea}, partition{type::int4};

  void add(const held_entry& entry) {
    key.add_bytes(entry.key->text);
    saga.add_bytes(bytes_of(entry.saga));
    request.add_bytes(bytes_of(entry.key->request_bytes));
    canonical.add_bytes(bytes_of(entry.key->request_canonical));
    partition.add_int4(entry.saga.partition());
  }
};

struct record_columns {
  column partition{type::int4}, position{type::int8}, day{type::int4}, place{type::int8}, epoch{type::int8};
  column saga{type::bytea}, seq{type::int4}, recorded{type::int8}, due{type::int8}, key{type::text};
  column bytes{type::bytea}, needs_key{type::boolean};

  void add(const held_entry& entry, std::uint64_t at, bool with_key) {
    partition.add_int4(entry.saga.partition());
    position.add_int8(signed_of(entry.position));
    day.add_int4(day_of(entry.time));
    place.add_int8(signed_of(at));
    epoch.add_int8(signed_of(entry.epoch));
    saga.add_bytes(bytes_of(entry.saga));
    seq.add_int4(static_cast<std::int32_t>(entry.seq));
    recorded.add_int8(entry.time);
    due.add_int8(entry.final ? due_when_over : entry.due);
    key.add_bytes(entry.key ? std::string_view(entry.key->text) : std::string_view());
    bytes.add_bytes(entry.bytes);
    needs_key.add_bool(with_key);
  }
};

}  // namespace

bool append_records(connection& database, const std::vector<sent_record>& records, bool again) {
  const auto keyed = keyed_of(records);
  std::unordered_map<partition_no, std::uint64_t> epochs;
  key_columns keys;
  record_columns rows_sent;
  for (const auto& [entry, at] : records) {
    epochs[entry->saga.partition()] = entry->epoch;
    rows_sent.add(*entry, at, keyed.contains(entry->saga));
    if (entry->key) keys.add(*entry);
  }
  column own(type::int4), own_epoch(type::int8);
  for (const auto& [id, of] : epochs) {
    own.add_int4(id);
    own_epoch.add_int8(signed_of(of));
  }
  parameters with;
  for (auto* each :
       {&own, &own_epoch, &keys.key, &keys.saga, &keys.request, &keys.canonical, &keys.partition, &rows_sent.partition,
        &rows_sent.position, &rows_sent.day, &rows_sent.place, &rows_sent.epoch, &rows_sent.saga, &rows_sent.seq,
        &rows_sent.recorded, &rows_sent.due, &rows_sent.key, &rows_sent.bytes, &rows_sent.needs_key}) {
    with.array(std::move(*each));
  }
  const statement anew{"append", append_what};
  const statement once_more{"append_again", append_again.c_str()};
  return static_cast<std::size_t>(database.run(again ? once_more : anew, with).changed()) == records.size();
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
    saga.add_bytes(bytes_of(entry->saga));
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
