#include "journal/postgres/reader.hpp"

#include <algorithm>

#include "journal/postgres/batch.hpp"

namespace sagad::journal::postgres {
namespace {

constexpr statement find_one_key{
    "find_key",
    "SELECT k.saga, k.request_bytes, k.request_canonical,"
    " coalesce((SELECT r.due FROM sagad_records r WHERE r.saga = k.saga ORDER BY r.seq DESC LIMIT 1), -1) <> -1,"
    " coalesce((SELECT max(r.recorded) FROM sagad_records r WHERE r.saga = k.saga), k.ended)"
    " FROM sagad_start_keys k WHERE k.start_key = $1"};
constexpr statement find_present{"find_present",
                                 "SELECT s.saga FROM unnest($1::BYTEA[]) AS s (saga) WHERE EXISTS"
                                 " (SELECT 1 FROM sagad_records r WHERE r.saga = s.saga)"};
constexpr statement read_saga{"read_saga",
                              "SELECT saga, position, seq, bytes FROM sagad_records WHERE saga = $1 ORDER BY position"};
// Of those sagas that begin within so many bytes of records: the first one's are all there in any case.
constexpr statement read_sagas{
    "read_sagas",
    "SELECT s.saga, s.position, s.seq, s.bytes, s.number FROM"
    " (SELECT r.saga, r.position, r.seq, r.bytes, r.number,"
    "   sum(r.size) OVER (ORDER BY r.number) - sum(r.size) OVER (PARTITION BY r.number) AS ahead FROM"
    "  (SELECT saga, position, seq, bytes, octet_length(bytes) AS size, array_position($1::BYTEA[], saga) AS number"
    "    FROM sagad_records WHERE saga = ANY ($1::BYTEA[])) AS r) AS s"
    " WHERE s.ahead < $2 ORDER BY s.number, s.position"};
// With the oldest place of the same moment: what another has freed since is told, and not taken for nothing.
constexpr statement scan_some{"scan",
                              "SELECT r.saga, r.position, r.seq, r.bytes, r.place, m.oldest FROM"
                              " (SELECT CAST(value AS INT8) AS oldest FROM sagad_meta WHERE name = 'oldest') AS m"
                              " LEFT JOIN (SELECT saga, position, seq, bytes, place FROM sagad_records"
                              "  WHERE place >= $1 AND place < $2 ORDER BY place LIMIT $3) AS r ON TRUE"
                              " ORDER BY r.place"};
constexpr statement find_before{"find_before",
                                "SELECT DISTINCT saga FROM sagad_records WHERE place < $1 ORDER BY saga"};

stored_record record_of(const rows& found, int row) {
  return {value_of<saga_id>(found, row, 0), static_cast<position>(found.integer(row, 1)),
          static_cast<std::uint32_t>(found.integer(row, 2)), std::string(found.bytes(row, 3))};
}

std::vector<stored_record> records_of(connection& database, const saga_id& saga) {
  const auto found = database.run(read_saga, parameters().bytes(bytes_of(saga)));
  std::vector<stored_record> result;
  for (int row = 0; row < found.size(); ++row) result.push_back(record_of(found, row));
  return result;
}

// Of the sagas up to which the answer goes, of which some have no records; it goes as far as it may have bytes.
std::vector<std::vector<stored_record>> histories_of(connection& database, std::size_t asked, const parameters& with,
                                                     std::size_t bytes_max) {
  const auto found = database.run(read_sagas, with);
  std::vector<std::vector<stored_record>> result(asked);
  std::size_t bytes = 0;
  std::size_t last = 0;
  for (int row = 0; row < found.size(); ++row) {
    last = static_cast<std::size_t>(found.integer(row, 4));
    auto& of = result.at(last - 1);
    of.push_back(record_of(found, row));
    bytes += of.back().bytes.size();
  }
  if (bytes >= bytes_max) result.resize(last);
  return result;
}

}  // namespace

std::optional<key_claim> find_claim(connection& database, std::string_view key) {
  const auto found = database.run(find_one_key, parameters().text(key));
  if (found.empty()) return std::nullopt;
  key_claim claim{{value_of<saga_id>(found, 0, 0), value_of<digest>(found, 0, 1), value_of<digest>(found, 0, 2)},
                  found.boolean(0, 3)};
  if (!found.is_null(0, 4)) claim.ended = found.integer(0, 4);
  return claim;
}

std::vector<saga_id> present_of(connection& database, const std::vector<saga_id>& sagas) {
  column all(type::bytea);
  for (const auto& saga : sagas) all.add_bytes(bytes_of(saga));
  const auto found = database.run(find_present, parameters().array(std::move(all)));
  std::vector<saga_id> result;
  for (int row = 0; row < found.size(); ++row) result.push_back(value_of<saga_id>(found, row, 0));
  return result;
}

std::vector<std::vector<stored_record>> reader::read_many(std::span<const saga_id> sagas) {
  column ids(type::bytea);
  for (const auto& saga : sagas) ids.add_bytes(bytes_of(saga));
  parameters with;
  with.array(std::move(ids)).int8(static_cast<std::int64_t>(settings_.histories_bytes));
  try {
    return pool_.ask(
        [&](connection& database) { return histories_of(database, sagas.size(), with, settings_.histories_bytes); });
  } catch (const unreachable&) {
    throw;
  } catch (const damaged&) {
    // Whichever it is: others are not to be taken for damaged with it.
    if (sagas.size() > 1) return {read(sagas.front())};
    throw;
  }
}

std::vector<stored_record> reader::read(const saga_id& saga) {
  return pool_.ask([&](connection& database) { return records_of(database, saga); });
}

std::vector<stored_record> reader::read_promptly(const saga_id& saga) {
  return prompt_.ask([&](connection& database) { return records_of(database, saga); });
}

std::vector<saga_id> reader::gone_of(std::vector<saga_id> sagas) {
  auto present = pool_.ask([&](connection& database) { return present_of(database, sagas); });
  std::sort(present.begin(), present.end());
  std::erase_if(sagas, [&](const saga_id& saga) { return std::binary_search(present.begin(), present.end(), saga); });
  return sagas;
}

std::optional<key_holder> reader::find_key(std::string_view key, millis now) {
  const auto claim = prompt_.ask([&](connection& database) { return find_claim(database, key); });
  if (!claim || !claim->is_held(now, settings_.retention)) return std::nullopt;
  return claim->holder;
}

std::uint64_t reader::scan(std::uint64_t from, std::uint64_t end, std::size_t count,
                           const std::function<void(const stored_record&)>& visit) {
  while (count > 0 && from < end) {
    const auto wanted = std::min(count, settings_.scan_records);
    std::vector<stored_record> found;
    std::uint64_t oldest = 0;
    const auto behind = pool_.ask([&](connection& database) {
      const auto some = database.run(scan_some, parameters()
                                                    .int8(static_cast<std::int64_t>(from))
                                                    .int8(static_cast<std::int64_t>(end))
                                                    .int8(static_cast<std::int64_t>(wanted)));
      found.clear();
      oldest = static_cast<std::uint64_t>(some.integer(0, 5));
      for (int row = 0; row < some.size() && !some.is_null(row, 0); ++row) found.push_back(record_of(some, row));
      if (found.size() < wanted) return end;
      // The next one may be another node's, and lie close behind.
      return static_cast<std::uint64_t>(some.integer(some.size() - 1, 4)) + 1;
    });
    if (from < oldest) throw trimmed(cursor{oldest});
    from = behind;
    // Without the connection: a visitor may read, too.
    for (const auto& record : found) visit(record);
    count -= found.size();
    if (found.size() < wanted) break;
  }
  return from;
}

std::vector<saga_id> reader::before(std::uint64_t place) {
  return pool_.ask([&](connection& database) {
    const auto found = database.run(find_before, parameters().int8(static_cast<std::int64_t>(place)));
    std::vector<saga_id> result;
    for (int row = 0; row < found.size(); ++row) result.push_back(value_of<saga_id>(found, row, 0));
    return result;
  });
}

}  // namespace sagad::journal::postgres
