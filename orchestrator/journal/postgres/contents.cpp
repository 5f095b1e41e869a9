#include "journal/postgres/contents.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace sagad::journal::postgres {
namespace {

constexpr statement find_number{"number", "SELECT value FROM sagad_meta WHERE name = $1"};
constexpr statement find_tails{
    "tails",
    "SELECT p.id,"
    " greatest(p.freed_position, coalesce((SELECT max(r.position) FROM sagad_records r WHERE r.partition_id = p.id), "
    "0)),"
    " greatest(p.freed_time, coalesce((SELECT r.recorded FROM sagad_records r WHERE r.partition_id = p.id"
    "  ORDER BY r.position DESC LIMIT 1), 0)), p.freed_place"
    " FROM sagad_partitions p WHERE p.id = ANY ($1::INT4[]) ORDER BY p.id"};
constexpr statement find_live{
    "live",
    "SELECT c.saga, c.told, coalesce((SELECT r.due FROM sagad_records r WHERE r.saga = c.saga"
    "  ORDER BY r.seq DESC LIMIT 1), -1) FROM"
    " (SELECT l.saga, TRUE AS told FROM sagad_live_sagas l WHERE l.partition_id = ANY ($1::INT4[])"
    "  UNION ALL SELECT DISTINCT r.saga, FALSE FROM sagad_partitions p JOIN sagad_records r"
    "   ON r.partition_id = p.id AND r.position > p.live_position WHERE p.id = ANY ($1::INT4[])"
    "   AND NOT EXISTS (SELECT 1 FROM sagad_live_sagas o WHERE o.saga = r.saga)) AS c"};

column ids_of(const std::vector<partition_no>& partitions) {
  column ids(type::int4);
  for (const auto partition : partitions) ids.add_int4(partition);
  return ids;
}

}  // namespace

std::vector<tail> read_tails(connection& database, const std::vector<partition_no>& of) {
  const auto found = database.run(find_tails, parameters().array(ids_of(of)));
  std::vector<tail> result;
  for (int row = 0; row < found.size(); ++row) {
    result.push_back({static_cast<partition_no>(found.integer(row, 0)), static_cast<position>(found.integer(row, 1)),
                      found.integer(row, 2), static_cast<std::uint64_t>(found.integer(row, 3))});
  }
  return result;
}

std::vector<live_saga> read_live(connection& database, const std::vector<partition_no>& of, live_changes& changes) {
  const auto found = database.run(find_live, parameters().array(ids_of(of)));
  std::vector<live_saga> result;
  for (int row = 0; row < found.size(); ++row) {
    const auto saga = value_of<saga_id>(found, row, 0);
    const bool told = found.boolean(row, 1);
    const auto due = found.integer(row, 2);
    if (due != due_when_over) result.push_back({saga, due});
    if (told && due == due_when_over) changes.ended(saga);
    if (!told && due != due_when_over) changes.began(saga);
  }
  std::sort(result.begin(), result.end(), [](const live_saga& left, const live_saga& right) {
    return std::pair(left.due, left.saga) < std::pair(right.due, right.saga);
  });
  return result;
}

std::uint64_t number_of(connection& database, std::string_view name) {
  const auto found = database.run(find_number, parameters().text(name));
  if (found.empty()) throw std::runtime_error("sagad_meta has no " + std::string(name));
  return std::stoull(std::string(found.bytes(0, 0)));
}

}  // namespace sagad::journal::postgres
