#include "journal/postgres/live_changes.hpp"

#include <algorithm>

namespace sagad::journal::postgres {
namespace {

// Under the partitions' locks and epochs, as records are appended; and never back: what was sent by a connection that
// is lost may be written after what was sent later.
constexpr statement write_changes{
    "live_changes",
    "WITH own AS ("
    " SELECT p.id FROM sagad_partitions p JOIN unnest($1::INT4[], $2::INT8[], $3::INT8[]) AS e (id, epoch, position)"
    "  ON p.id = e.id AND p.epoch = e.epoch AND p.live_position < e.position ORDER BY p.id FOR UPDATE OF p), "
    "begun AS ("
    " INSERT INTO sagad_live_sagas (saga, partition_id)"
    " SELECT b.saga, b.partition_id FROM unnest($4::BYTEA[], $5::INT4[]) AS b (saga, partition_id)"
    " WHERE (b.partition_id IN (SELECT id FROM own)) IS TRUE ON CONFLICT DO NOTHING), "
    "ended AS ("
    " DELETE FROM sagad_live_sagas WHERE saga = ANY (ARRAY("
    "  SELECT o.saga FROM unnest($6::BYTEA[], $7::INT4[]) AS o (saga, partition_id)"
    "  WHERE (o.partition_id IN (SELECT id FROM own)) IS TRUE))) "
    "UPDATE sagad_partitions SET live_position = e.position FROM unnest($1::INT4[], $3::INT8[]) AS e (id, position)"
    " WHERE sagad_partitions.id = e.id AND sagad_partitions.id IN (SELECT id FROM own)"};

}  // namespace

void live_changes::ended(const saga_id& saga) {
  const auto begun = begun_.find(saga);
  const bool may_be_there = begun == begun_.end() || begun->second;
  if (begun != begun_.end()) begun_.erase(begun);
  if (may_be_there) over_.push_back(saga);
}

void live_changes::forget(partition_no partition) {
  std::erase_if(begun_, [&](const auto& one) { return one.first.partition() == partition; });
  std::erase_if(over_, [&](const saga_id& one) { return one.partition() == partition; });
  reached_.erase(partition);
}

void live_changes::write(connection& database) {
  column ids(type::int4), epochs(type::int8), positions(type::int8);
  column begun(type::bytea), begun_in(type::int4), ended(type::bytea), ended_in(type::int4);
  for (const auto& [id, at] : reached_) {
    ids.add_int4(id);
    epochs.add_int8(static_cast<std::int64_t>(at.epoch));
    positions.add_int8(static_cast<std::int64_t>(at.last));
  }
  for (auto& [saga, may_be_there] : begun_) {
    may_be_there = true;
    begun.add_bytes(bytes_of(saga));
    begun_in.add_int4(saga.partition());
  }
  for (const auto& saga : over_) {
    ended.add_bytes(bytes_of(saga));
    ended_in.add_int4(saga.partition());
  }
  parameters with;
  for (auto* each : {&ids, &epochs, &positions, &begun, &begun_in, &ended, &ended_in}) with.array(std::move(*each));
  database.run(write_changes, with);
  begun_.clear();
  over_.clear();
  reached_.clear();
}

}  // namespace sagad::journal::postgres
