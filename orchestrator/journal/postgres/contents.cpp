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
    "SELECT l.saga, (SELECT r.due FROM sagad_records r WHERE r.saga = l.saga ORDER BY r.seq DESC LIMIT 1)"
    " FROM sagad_live_sagas l WHERE l.partition_id = ANY ($1::INT4[])"};

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

std::vector<live_saga> read_live(connection& database, const std::vector<partition_no>& of) {
  const auto found = database.run(find_live, parameters().array(ids_of(of)));
  std::vector<live_saga> result;
  for (int row = 0; row < found.size(); ++row) {
    result.push_back({value_of<saga_id>(found, row, 0), found.is_null(row, 1) ? never : found.integer(row, 1)});
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
