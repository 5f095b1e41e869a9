#include "journal/postgres/definitions.hpp"

#include <set>
#include <system_error>
#include <utility>

namespace sagad::journal::postgres {
namespace {

// At one moment: how often they have changed, what is new, and all that is retired.
constexpr statement find_news{
    "definition_news",
    "SELECT c.changes, d.number, d.name, d.version, d.content, CASE WHEN d.number > $1 THEN d.canonical END, d.retired"
    " FROM (SELECT coalesce(max(CAST(value AS INT8)), 0) AS changes FROM sagad_meta WHERE name = 'definitions') AS c"
    " LEFT JOIN sagad_definitions d ON d.number > $1 OR d.retired ORDER BY d.number"};
// A name is retired when its newest version is: so no other row has to change, which not every server lets a statement
// do to a table that it inserts into.
constexpr statement put_one{
    "put_definition",
    "WITH fresh AS (INSERT INTO sagad_definitions (number, name, version, content, canonical, retired)"
    " VALUES ($1, $2, $3, $4, $5, FALSE) ON CONFLICT DO NOTHING RETURNING number) "
    "INSERT INTO sagad_meta (name, value) SELECT 'definitions', '1' FROM fresh"
    " ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(sagad_meta.value AS INT8) + 1 AS TEXT) RETURNING value"};
constexpr statement set_retired{
    "retire_definition",
    "WITH changed AS (UPDATE sagad_definitions SET retired = $2 WHERE name = $1 AND version > 0 AND retired <> $2"
    " RETURNING number) "
    "INSERT INTO sagad_meta (name, value) SELECT 'definitions', '1' WHERE EXISTS (SELECT 1 FROM changed)"
    " ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(sagad_meta.value AS INT8) + 1 AS TEXT)"};

}  // namespace

definitions::definitions(pool& connections, pool& prompt) : pool_(connections), prompt_(prompt) {
  pool_.run([this](connection& database) {
    look(database);
    return true;
  });
}

// Two may look at once: who has seen the later moment has the last word.
void definitions::look(connection& database) {
  std::int64_t known = 0;
  {
    const std::lock_guard lock(mutex_);
    known = last_;
  }
  const auto found = database.run(find_news, parameters().int8(known));
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, std::uint32_t>> retired;
  for (int row = 0; row < found.size() && !found.is_null(row, 1); ++row) {
    stored_definition one{std::string(found.bytes(row, 2)),
                          static_cast<std::uint32_t>(found.integer(row, 3)),
                          value_of<digest>(found, row, 4),
                          {}};
    if (found.boolean(row, 6)) retired.emplace_back(one.name, one.version);
    if (!found.is_null(row, 5)) one.canonical = found.bytes(row, 5);
    keep(found.integer(row, 1), std::move(one));
  }
  const auto changes = found.integer(0, 0);
  if (changes < changes_) return;
  changes_ = changes;
  std::set<std::string> names;
  for (auto& [name, version] : retired) {
    if (version == versions_.newest(name)) names.insert(std::move(name));
  }
  versions_.retire_only(names);
}

void definitions::look() {
  prompt_.ask([this](connection& database) {
    look(database);
    return true;
  });
}

template <typename Work>
auto definitions::change(Work&& work) {
  const std::lock_guard one_at_a_time(changing_);
  try {
    return pool_.run(work);
  } catch (const connection_lost& lost) {
    throw unreachable(in_the_way(lost));
  } catch (const statement_failed& failed) {
    if (failed.may_pass() && !failed.is_no_room()) {
      throw unreachable("the database cannot do it now: " + std::string(failed.what()));
    }
    const auto code = failed.is_no_room() ? std::errc::no_space_on_device : std::errc::io_error;
    throw std::system_error(std::make_error_code(code), "the database: " + std::string(failed.what()));
  } catch (const std::runtime_error& failed) {
    throw std::system_error(std::make_error_code(std::errc::io_error), "the database: " + std::string(failed.what()));
  }
}

// By what is there: others put, too, and of a try whose answer was lost nobody knows what it did. Of inline ones what
// is known is enough, for none goes or changes: whoever does not know all does not have the next number.
stored_definition definitions::put(const std::string& name, const std::string& canonical) {
  std::uint32_t tried = 0;
  bool all_known = name.empty();
  return change([&](connection& database) {
    for (;;) {
      if (!std::exchange(all_known, false)) look(database);
      std::int64_t number = 0;
      definition_versions::outcome found;
      {
        const std::lock_guard lock(mutex_);
        number = last_ + 1;
        found = versions_.look(name, canonical);
      }
      auto& one = found.definition;
      one.is_new = found.fresh || (tried != 0 && one.version == tried);
      if (!found.fresh) {
        if (std::exchange(one.retired, false)) {
          database.run(set_retired, parameters().text(name).boolean(false));
          look(database);
        }
        return one;
      }
      tried = one.version;
      const auto put = database.run(
          put_one,
          parameters().int8(number).text(one.name).int8(one.version).bytes(bytes_of(one.content)).bytes(one.canonical));
      if (put.empty()) {
        tried = 0;
        continue;
      }
      if (name.empty()) {
        const std::lock_guard lock(mutex_);
        keep(number, one);
      } else {
        look(database);
      }
      return one;
    }
  });
}

void definitions::keep(std::int64_t number, stored_definition one) {
  if (number <= last_) return;
  one.is_new = false;
  versions_.restore(std::move(one));
  last_ = number;
}

bool definitions::retire(const std::string& name) {
  return change([&](connection& database) {
    look(database);
    {
      const std::lock_guard lock(mutex_);
      if (!versions_.knows(name)) return false;
    }
    database.run(set_retired, parameters().text(name).boolean(true));
    look(database);
    return true;
  });
}

std::vector<stored_definition> definitions::all() const {
  const std::lock_guard lock(mutex_);
  return versions_.all();
}

definition_news definitions::after(std::size_t known) const {
  const std::lock_guard lock(mutex_);
  return versions_.after(known);
}

}  // namespace sagad::journal::postgres
