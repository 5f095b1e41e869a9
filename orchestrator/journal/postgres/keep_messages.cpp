#include "journal/postgres/keep_messages.hpp"

#include <map>
#include <utility>

namespace sagad::journal::postgres {
namespace {

// Counts by the index, about right when several post at once; a partition's are counted once. Those of one statement
// are handed on in the order in which they came.
constexpr statement keep_all{
    "messages_keep",
    "INSERT INTO sagad_messages (id, partition_id, saga, posted, bytes)"
    " SELECT n.id, n.partition_id, n.saga, now() + CAST(n.number AS FLOAT8) * INTERVAL '1 microsecond', n.bytes"
    " FROM (SELECT unnest($1::TEXT[]) AS id, unnest($2::INT4[]) AS partition_id, unnest($3::BYTEA[]) AS saga,"
    "   unnest($4::BYTEA[]) AS bytes, unnest($5::INT8[]) AS number, unnest($6::INT8[]) AS ahead) AS n"
    " LEFT JOIN (SELECT m.partition_id, count(*) AS messages FROM sagad_messages m"
    "   WHERE m.answered IS NULL AND m.partition_id = ANY ($2::INT4[]) GROUP BY m.partition_id) AS waiting"
    "  ON waiting.partition_id = n.partition_id"
    " WHERE n.ahead + coalesce(waiting.messages, 0) < $7"
    " ON CONFLICT DO NOTHING RETURNING id"};
constexpr statement find_kept{"messages_kept", "SELECT id FROM sagad_messages WHERE id = ANY ($1::TEXT[])"};

void add_ids(std::set<std::string>& to, const rows& found) {
  for (int row = 0; row < found.size(); ++row) to.emplace(found.bytes(row, 0));
}

}  // namespace

std::set<std::string> keep_messages(connection& database, const std::vector<const message*>& messages,
                                    std::size_t open_max) {
  column ids(type::text), partitions(type::int4), sagas(type::bytea), bytes(type::bytea);
  column numbers(type::int8), ahead(type::int8);
  std::map<partition_no, std::int64_t> of_partition;
  std::int64_t number = 0;
  for (const auto* one : messages) {
    ids.add_bytes(one->id);
    partitions.add_int4(one->saga.partition());
    sagas.add_bytes(bytes_of(one->saga));
    bytes.add_bytes(one->bytes);
    numbers.add_int8(number++);
    ahead.add_int8(of_partition[one->saga.partition()]++);
  }
  parameters with;
  for (auto* each : {&ids, &partitions, &sagas, &bytes, &numbers, &ahead}) with.array(std::move(*each));
  std::set<std::string> there;
  add_ids(there, database.run(keep_all, with.int8(static_cast<std::int64_t>(open_max))));
  column others(type::text);
  for (const auto* one : messages) {
    if (!there.contains(one->id)) others.add_bytes(one->id);
  }
  if (others.size() != 0) add_ids(there, database.run(find_kept, parameters().array(std::move(others))));
  return there;
}

std::vector<std::string> partitions_of(const std::vector<const message*>& messages) {
  std::set<partition_no> all;
  for (const auto* one : messages) all.insert(one->saga.partition());
  std::vector<std::string> result;
  for (const auto partition : all) result.push_back(std::to_string(partition));
  return result;
}

}  // namespace sagad::journal::postgres
