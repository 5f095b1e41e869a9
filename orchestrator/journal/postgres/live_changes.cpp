#include "journal/postgres/live_changes.hpp"

#include <algorithm>

namespace sagad::journal::postgres {
namespace {

// Under the partitions' locks and epochs, as records are appended; and never back: what was sent by a connection that
// is lost may be written after what was sent later. Two statements, because not every server lets one change a table
// twice (CockroachDB). Each stands for itself, the one that tells how far it is right last: what was added before it is
// no mistake, for whoever reads the table looks at the newest record of each.
constexpr statement add_begun{
    "live_begun",
    "WITH own AS ("
    " SELECT p.id FROM sagad_partitions p JOIN unnest($1::INT4[], $2::INT8[], $3::INT8[]) AS e (id, epoch, position)"
    "  ON p.id = e.id AND p.epoch = e.epoch AND p.live_position < e.position ORDER BY p.id FOR UPDATE OF p) "
    "INSERT INTO sagad_live_sagas (saga, partition_id)"
    " SELECT b.saga, b.partition_id FROM unnest($4::BYTEA[], $5::INT4[]) AS b (saga, partition_id)"
    " WHERE (b.partition_id IN (SELECT id FROM own)) IS TRUE ON CONFLICT DO NOTHING"};
constexpr statement remove_ended{
    "live_ended",
    "WITH own AS ("
    " SELECT p.id FROM sagad_partitions p JOIN unnest($1::INT4[], $2::INT8[], $3::INT8[]) AS e (id, epoch, position)"
    "  ON p.id = e.id AND p.epoch = e.epoch AND p.live_position < e.position ORDER BY p.id FOR UPDATE OF p), "
    "ended AS ("
    " DELETE FROM sagad_live_sagas WHERE saga = ANY (ARRAY("
    "  SELECT o.saga FROM unnest($4::BYTEA[], $5::INT4[]) AS o (saga, partition_id)"
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

parameters live_changes::where_reached() const {
  column ids(type::int4), epochs(type::int8), positions(type::int8);
  for (const auto& [id, at] : reached_) {
    ids.add_int4(id);
    epochs.add_int8(static_cast<std::int64_t>(at.epoch));
    positions.add_int8(static_cast<std::int64_t>(at.last));
  }
  parameters with;
  for (auto* each : {&ids, &epochs, &positions}) with.array(std::move(*each));
  return with;
}

void live_changes::write(connection& database) {
  column begun(type::bytea), begun_in(type::int4), ended(type::bytea), ended_in(type::int4);
  for (auto& [saga, may_be_there] : begun_) {
    may_be_there = true;
    begun.add_bytes(bytes_of(saga));
    begun_in.add_int4(saga.partition());
  }
  for (const auto& saga : over_) {
    if (begun_.contains(saga)) continue;  // once more
    ended.add_bytes(bytes_of(saga));
    ended_in.add_int4(saga.partition());
  }
  if (begun.size() != 0) database.run(add_begun, where_reached().array(std::move(begun)).array(std::move(begun_in)));
  database.run(remove_ended, where_reached().array(std::move(ended)).array(std::move(ended_in)));
  begun_.clear();
  over_.clear();
  reached_.clear();
}

}  // namespace sagad::journal::postgres
