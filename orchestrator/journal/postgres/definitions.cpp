#include "journal/postgres/definitions.hpp"

#include <set>
#include <system_error>

namespace sagad::journal::postgres {
namespace {

constexpr statement load_all{
    "definitions", "SELECT name, version, content, canonical, retired FROM sagad_definitions ORDER BY number"};
// Statements in a WITH see the rows from before it: the new one is not retired anyhow.
constexpr statement put_one{
    "put_definition",
    "WITH fresh AS (INSERT INTO sagad_definitions (number, name, version, content, canonical, retired)"
    " VALUES ($1, $2, $3, $4, $5, false) ON CONFLICT DO NOTHING RETURNING number), "
    "back AS (UPDATE sagad_definitions SET retired = false WHERE name = $2 AND version > 0 AND retired"
    " AND EXISTS (SELECT 1 FROM fresh)) "
    "SELECT number FROM fresh"};
constexpr statement set_retired{"retire_definition",
                                "UPDATE sagad_definitions SET retired = $2 WHERE name = $1 AND version > 0"};

}  // namespace

definitions::definitions(pool& connections) : pool_(connections) {
  pool_.run([this](connection& database) {
    load(database);
    return true;
  });
}

void definitions::load(connection& database) {
  const auto found = database.run(load_all);
  versions_ = {};
  std::set<std::string> retired;
  for (int row = 0; row < found.size(); ++row) {
    stored_definition one{std::string(found.bytes(row, 0)), static_cast<std::uint32_t>(found.integer(row, 1)),
                          value_of<digest>(found, row, 2), std::string(found.bytes(row, 3))};
    if (found.boolean(row, 4)) retired.insert(one.name);
    versions_.restore(std::move(one));
  }
  for (const auto& name : retired) versions_.retire(name, true);
}

template <typename Work>
auto definitions::change(Work&& work) {
  try {
    return pool_.run(work);
  } catch (const statement_failed& failed) {
    const auto code = failed.is_no_room() ? std::errc::no_space_on_device : std::errc::io_error;
    throw std::system_error(std::make_error_code(code), "the database: " + std::string(failed.what()));
  } catch (const std::runtime_error& failed) {
    throw std::system_error(std::make_error_code(std::errc::io_error), "the database: " + std::string(failed.what()));
  }
}

stored_definition definitions::put(const std::string& name, const std::string& canonical) {
  const std::lock_guard lock(mutex_);
  bool doubted = false;
  return change([&](connection& database) {
    // Also after a try whose answer was lost: perhaps it is there.
    if (doubted) load(database);
    doubted = true;
    for (;; load(database)) {
      const auto found = versions_.look(name, canonical);
      if (!found.fresh) {
        if (versions_.retired(name)) database.run(set_retired, parameters().text(name).boolean(false));
        return versions_.put(name, canonical).definition;
      }
      const auto& one = found.definition;
      const auto put = database.run(put_one, parameters()
                                                 .int8(static_cast<std::int64_t>(versions_.all().size()) + 1)
                                                 .text(one.name)
                                                 .int8(one.version)
                                                 .bytes({reinterpret_cast<const char*>(one.content.bytes.data()), 32})
                                                 .bytes(one.canonical));
      if (!put.empty()) return versions_.put(name, canonical).definition;
    }
  });
}

bool definitions::retire(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (!versions_.knows(name)) return false;
  return change([&](connection& database) {
    database.run(set_retired, parameters().text(name).boolean(true));
    versions_.retire(name, true);
    return true;
  });
}

std::vector<stored_definition> definitions::all() const {
  const std::lock_guard lock(mutex_);
  return versions_.all();
}

}  // namespace sagad::journal::postgres
