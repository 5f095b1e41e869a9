#include "journal/postgres/format_level.hpp"

#include <algorithm>
#include <stdexcept>

#include "journal/postgres/nodes.hpp"

namespace sagad::journal::postgres {
namespace {

constexpr statement find_level{"level", "SELECT CAST(value AS INT8) FROM sagad_meta WHERE name = 'record_format'"};
// Whoever enters has locked it, too: `node_enter`.
constexpr statement hold_level{"level_hold",
                               "SELECT CAST(value AS INT8) FROM sagad_meta WHERE name = 'record_format' FOR UPDATE"};
constexpr statement set_level{
    "level_set", "UPDATE sagad_meta SET value = CAST(CAST($1 AS INT8) AS TEXT) WHERE name = 'record_format'"};
// Programs that know nothing of formats do not begin any more: they look at this.
constexpr statement shut_out_older{"level_shut_out",
                                   "UPDATE sagad_migrations SET beside = $1 WHERE version = $1 AND beside < $1"};
constexpr std::int64_t tables_with_formats = 4;

std::uint8_t level_in(const rows& found) {
  return found.empty() ? std::uint8_t{1} : static_cast<std::uint8_t>(found.integer(0, 0));
}

void write_level(connection& database, std::uint8_t to) {
  database.run(set_level, parameters().int8(to));
  if (to > 1) database.run(shut_out_older, parameters().int8(tables_with_formats));
}

}  // namespace

std::uint8_t read_level(connection& database) {
  return level_in(database.run(find_level));
}

std::optional<std::string> level_refusal(connection& database, std::uint8_t reads) {
  const auto now = read_level(database);
  if (now <= reads) return std::nullopt;
  const auto number = std::to_string(now);
  return "the records in " + database.where() + " are written in format " + number + ", and format " + number +
         " is not known (this program reads up to " + std::to_string(reads) + "): start a newer sagad";
}

raising raise_level(connection& database, std::uint8_t to, bool dry_run) {
  return in_transaction(database, [&] {
    raising done;
    done.from = level_in(database.run(hold_level));
    done.to = std::max(done.from, to);
    for (auto& one : all_nodes(database)) {
      if (one.reads_format >= to) continue;
      done.to = std::max(done.from, std::min(done.to, one.reads_format));
      done.hindering.push_back(std::move(one));
    }
    if (done.to > done.from && !dry_run) write_level(database, done.to);
    return done;
  });
}

void set_first_level(connection& database, std::uint8_t to) {
  write_level(database, to);
}

}  // namespace sagad::journal::postgres
