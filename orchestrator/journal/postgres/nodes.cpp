#include "journal/postgres/nodes.hpp"

#include <algorithm>
#include <stdexcept>

#include "journal/postgres/batch.hpp"
#include "journal/postgres/format_level.hpp"

namespace sagad::journal::postgres {
namespace {

// One statement, so that who owns partitions is in it as a node, or was one no more before it.
constexpr statement look_around{
    "node_look",
    "SELECT n.name, n.floor, n.leaving, CAST(extract(epoch FROM now() - n.seen) * 1000 AS INT8), p.owner,"
    " coalesce(p.owned, 0), coalesce(p.past, 0),"
    " CAST(extract(epoch FROM clock_timestamp()) * 1000 AS INT8),"
    " (SELECT CAST(value AS INT8) FROM sagad_meta WHERE name = 'oldest'),"
    " coalesce((SELECT CAST(value AS INT8) FROM sagad_meta WHERE name = 'definitions'), 0),"
    " (SELECT CAST(value AS INT8) FROM sagad_meta WHERE name = 'record_format'), n.slot"
    " FROM sagad_nodes n FULL JOIN"
    " (SELECT coalesce(owner, '') AS owner, count(CASE WHEN lease_until >= now() THEN 1 END) AS owned,"
    "   count(CASE WHEN lease_until >= now() THEN NULL ELSE 1 END) AS past"
    "  FROM sagad_partitions GROUP BY coalesce(owner, '')) AS p ON p.owner = n.name ORDER BY n.name"};
// The first slot that is free. Of two who take the same one the second is refused, and looks again; who is there
// already, by a statement whose answer was lost, keeps his, and what he has said since. Under the lock of the format
// level: who raises it has this node among all, or has raised it before.
constexpr statement enter_node{
    "node_enter",
    "WITH readable AS (SELECT value FROM sagad_meta WHERE name = 'record_format' AND CAST(value AS INT8) <= $4"
    "  FOR UPDATE) "
    "INSERT INTO sagad_nodes (name, slot, address, seen, leaving, floor, reads_format)"
    " SELECT $1, s.slot, $2, now(), FALSE, 0, $4 FROM readable, (SELECT min(n) AS slot FROM generate_series(0, $3 - 1) "
    "AS all_slots "
    "(n)"
    "  WHERE NOT EXISTS (SELECT 1 FROM sagad_nodes o WHERE o.slot = n AND o.name <> $1)) AS s WHERE s.slot IS NOT NULL"
    " ON CONFLICT (name) DO UPDATE SET seen = now() RETURNING slot"};
constexpr statement publish_floor{"node_publish",
                                  "UPDATE sagad_nodes SET floor = greatest(floor, $2), leaving = $3, seen = now()"
                                  " WHERE name = $1"};
// The node's row is written and not only read: whoever removes it meanwhile looks again, and leaves it. What is locked
// is being appended to, or taken by another; it is tried again a little later, and the others do not wait for it. One
// whose answer was given up may come late: what the node has taken since and trusts does not end earlier by it.
constexpr statement take_some{
    "node_take",
    "WITH me AS (UPDATE sagad_nodes SET seen = now() WHERE name = $1 RETURNING name), "
    "free AS (SELECT id FROM sagad_partitions WHERE (owner IS NULL OR lease_until < now() OR owner = $1)"
    " AND NOT id = ANY ($4::INT4[]) AND EXISTS (SELECT 1 FROM me) ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED) "
    "UPDATE sagad_partitions SET epoch = epoch + 1, owner = $1,"
    " lease_until = greatest(lease_until, now() + CAST($3 AS FLOAT8) * INTERVAL '1 millisecond')"
    " WHERE id IN (SELECT id FROM free) RETURNING id, epoch"};
constexpr statement return_some{
    "lease_return",
    "WITH mine AS (SELECT p.id FROM sagad_partitions p JOIN unnest($2::INT4[], $3::INT8[]) AS e (id, epoch)"
    " ON p.id = e.id AND p.epoch = e.epoch WHERE p.owner = $1 ORDER BY p.id FOR UPDATE OF p) "
    "UPDATE sagad_partitions SET owner = NULL, lease_until = NULL WHERE id IN (SELECT id FROM mine)"};
// How far it has come is kept: somebody may have been told so.
// Who is locked has just something to say.
constexpr statement remove_gone{
    "node_remove",
    "WITH past AS (SELECT name FROM sagad_nodes"
    "  WHERE name = $1 OR seen < now() - CAST($2 AS FLOAT8) * INTERVAL '1 millisecond' FOR UPDATE SKIP LOCKED), "
    "gone AS (DELETE FROM sagad_nodes n WHERE n.name IN (SELECT name FROM past)"
    "  AND NOT EXISTS (SELECT 1 FROM sagad_partitions p WHERE p.owner = n.name) RETURNING floor) "
    "UPDATE sagad_meta SET value = CAST(greatest(CAST(value AS INT8), (SELECT max(floor) FROM gone)) AS TEXT)"
    " WHERE name = 'floor' AND EXISTS (SELECT 1 FROM gone)"};
constexpr statement find_floors{
    "node_floors",
    "SELECT greatest((SELECT coalesce(max(floor), 0) FROM sagad_nodes),"
    " (SELECT coalesce(max(CAST(value AS INT8)), 0) FROM sagad_meta WHERE name IN ('floor', 'oldest')))"};
constexpr statement find_end{"end", "SELECT place, octet_length(bytes) FROM sagad_records ORDER BY place DESC LIMIT 1"};
constexpr statement show_nodes{
    "node_show",
    "SELECT n.name, n.address, n.leaving, CAST(extract(epoch FROM now() - n.seen) * 1000 AS INT8), p.id, n.reads_format"
    " FROM sagad_nodes n LEFT JOIN sagad_partitions p ON p.owner = n.name AND p.lease_until >= now()"
    " ORDER BY n.name, p.id"};

}  // namespace

std::uint64_t least_floor(const standing_of_nodes& seen) noexcept {
  if (seen.strangers != 0 || seen.nodes.empty()) return 0;
  return std::min_element(seen.nodes.begin(), seen.nodes.end(),
                          [](const auto& left, const auto& right) { return left.floor < right.floor; })
      ->floor;
}

standing_of_nodes look(connection& database) {
  const auto found = database.run(look_around);
  standing_of_nodes result;
  for (int row = 0; row < found.size(); ++row) {
    result.clock = found.integer(row, 7);
    result.oldest = static_cast<std::uint64_t>(found.integer(row, 8));
    result.definition_changes = found.integer(row, 9);
    result.format_level = static_cast<std::uint8_t>(found.integer(row, 10));
    const auto owned = static_cast<std::size_t>(found.integer(row, 5));
    const auto over = static_cast<std::size_t>(found.integer(row, 6));
    if (!found.is_null(row, 0)) {
      result.nodes.push_back({std::string(found.bytes(row, 0)), static_cast<std::uint64_t>(found.integer(row, 11)),
                              static_cast<std::uint64_t>(found.integer(row, 1)), found.boolean(row, 2),
                              found.integer(row, 3), owned, over});
    } else if (found.bytes(row, 4).empty()) {
      result.free += owned + over;
    } else {
      result.free += over;
      result.strangers += owned + over;
    }
  }
  return result;
}

std::optional<std::uint64_t> enter(connection& database, const std::string& name, const std::string& address,
                                   std::uint8_t reads) {
  try {
    const auto found = database.run(
        enter_node, parameters().text(name).text(address).int4(static_cast<std::int32_t>(slots)).int4(reads));
    if (found.empty()) {
      if (const auto why = level_refusal(database, reads)) throw std::runtime_error(*why);
      throw std::runtime_error("it has " + std::to_string(slots) + " nodes already, and takes no more");
    }
    return static_cast<std::uint64_t>(found.integer(0, 0));
  } catch (const statement_failed& failed) {
    if (!failed.is_duplicate()) throw;
    return std::nullopt;
  }
}

void publish(connection& database, const std::string& name, std::uint64_t floor, bool leaving) {
  database.run(publish_floor, parameters().text(name).int8(static_cast<std::int64_t>(floor)).boolean(leaving));
}

std::vector<held_partition> take_partitions(connection& database, const std::string& name, std::size_t count,
                                            std::chrono::milliseconds ttl, const std::vector<held_partition>& but) {
  column ids(type::int4);
  for (const auto& one : but) ids.add_int4(one.partition);
  const auto found = database.run(
      take_some,
      parameters().text(name).int8(static_cast<std::int64_t>(count)).int8(ttl.count()).array(std::move(ids)));
  std::vector<held_partition> result;
  for (int row = 0; row < found.size(); ++row) {
    result.push_back(
        {static_cast<partition_no>(found.integer(row, 0)), static_cast<std::uint64_t>(found.integer(row, 1))});
  }
  std::sort(result.begin(), result.end(),
            [](const auto& left, const auto& right) { return left.partition < right.partition; });
  return result;
}

void return_partitions(connection& database, const std::string& name, const std::vector<held_partition>& which) {
  if (which.empty()) return;
  parameters with;
  add_held(with.text(name), which);
  database.run(return_some, with);
}

void remove_nodes(connection& database, const std::string& name, std::chrono::milliseconds silent_for) {
  database.run(remove_gone, parameters().text(name).int8(silent_for.count()));
}

std::uint64_t first_place(connection& database) {
  auto result = static_cast<std::uint64_t>(database.run(find_floors).integer(0, 0));
  if (const auto last = database.run(find_end); !last.empty()) {
    result = std::max(result, static_cast<std::uint64_t>(last.integer(0, 0)) +
                                  extent(static_cast<std::uint64_t>(last.integer(0, 1))));
  }
  return result;
}

std::vector<node> all_nodes(connection& database) {
  const auto found = database.run(show_nodes);
  std::vector<node> result;
  for (int row = 0; row < found.size(); ++row) {
    const std::string name(found.bytes(row, 0));
    if (result.empty() || result.back().name != name) {
      result.push_back({name,
                        std::string(found.bytes(row, 1)),
                        {},
                        found.integer(row, 3),
                        found.boolean(row, 2),
                        static_cast<std::uint8_t>(found.integer(row, 5))});
    }
    if (!found.is_null(row, 4)) result.back().owns.push_back(static_cast<partition_no>(found.integer(row, 4)));
  }
  return result;
}

}  // namespace sagad::journal::postgres
