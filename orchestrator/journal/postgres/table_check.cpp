#include "journal/postgres/table_check.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

namespace sagad::journal::postgres::migrations {
namespace {

// By the catalog, which shows also what the user has no right to; information_schema does not.
constexpr statement what_is_there{
    "what_is_there",
    "SELECT CAST(c.relname AS TEXT), coalesce(CAST(a.attname AS TEXT), '') FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " WHERE n.nspname = current_schema() AND c.relname LIKE 'sagad%'"};
constexpr statement what_is_allowed{
    "what_is_allowed",
    "SELECT CAST(c.relname AS TEXT), coalesce(has_table_privilege(c.oid, 'SELECT'), FALSE),"
    " coalesce(has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE')"
    "  AND has_table_privilege(c.oid, 'DELETE'), FALSE), quote_ident(CAST(current_user AS TEXT)), "
    "quote_ident(CAST(n.nspname AS TEXT)) FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relname LIKE 'sagad%' ORDER BY 1"};

constexpr const char* ledger = "sagad_migrations";

/// What steps make, by name.
struct all_made {
  std::map<std::string, std::vector<std::string>> columns;  ///< by table
  std::map<std::string, std::string> indexes;               ///< the statements
};

/// Names of tables and indexes, and `TABLE.COLUMN`.
using names = std::set<std::string>;

// Takes it off; false, and nothing is taken: the text begins otherwise.
bool take(std::string_view& text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return false;
  text.remove_prefix(beginning.size());
  return true;
}

std::string take_name(std::string_view& text) {
  const auto end = std::min(text.find_first_of(" (\n"), text.size());
  std::string name(text.substr(0, end));
  text.remove_prefix(end);
  return name;
}

std::string_view without_spaces_before(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \n"), text.size()));
}

// Each on a line of its own; what begins with a keyword, as PRIMARY KEY, is none.
std::vector<std::string> columns_in(std::string_view body) {
  std::vector<std::string> columns;
  for (auto at = body.find('\n'); at != std::string_view::npos; at = body.find('\n', at + 1)) {
    auto line = without_spaces_before(body.substr(at));
    if (!line.empty() && std::islower(static_cast<unsigned char>(line.front())) != 0) {
      columns.push_back(take_name(line));
    }
  }
  return columns;
}

void note(std::string_view one, all_made& to) {
  const std::string whole(one);
  if (take(one, "CREATE TABLE IF NOT EXISTS ")) {
    const auto table = take_name(one);
    to.columns[table] = columns_in(one);
  } else if (take(one, "CREATE INDEX IF NOT EXISTS ")) {
    to.indexes[take_name(one)] = whole;
  } else if (take(one, "ALTER TABLE ")) {
    const auto table = take_name(one);
    if (take(one, " ADD COLUMN IF NOT EXISTS ")) to.columns[table].push_back(take_name(one));
  }
}

all_made made_by(steps done) {
  all_made made;
  for (const auto& step : done) {
    for (std::string_view sql = step.sql; !sql.empty();) {
      const auto end = std::min(sql.find(';'), sql.size());
      note(without_spaces_before(sql.substr(0, end)), made);
      sql.remove_prefix(std::min(end + 1, sql.size()));
    }
  }
  return made;
}

// Before it is looked what is there: what has been made by then is.
all_made made_until_now(connection& database, steps known) {
  const auto version = static_cast<std::size_t>(look(database).version);
  return version > known.size() ? all_made{} : made_by(known.first(version));
}

names all_there(connection& database) {
  names there;
  const auto found = database.run(what_is_there);
  for (int row = 0; row < found.size(); ++row) {
    const std::string name(found.bytes(row, 0));
    there.insert(name);
    there.insert(name + "." + std::string(found.bytes(row, 1)));
  }
  return there;
}

std::vector<std::string> dropped(const all_made& made, const names& there) {
  std::vector<std::string> gone;
  for (const auto& [table, columns] : made.columns) {
    if (!there.contains(table)) {
      gone.push_back("the table " + table);
      continue;
    }
    for (const auto& column : columns) {
      if (!there.contains(table + "." + column)) gone.push_back("the column " + column + " of " + table);
    }
  }
  return gone;
}

std::string listed(const std::vector<std::string>& all) {
  std::string text;
  for (const auto& one : all) text += (text.empty() ? "" : ", ") + one;
  return text;
}

}  // namespace

// Where nothing was made there is no ledger; what is begun outside of a transaction has one.
std::optional<std::string> why_incomplete(connection& database, steps known) {
  const auto made = made_until_now(database, known);
  const auto there = all_there(database);
  auto gone = dropped(made, there);
  const auto tables = made_by(known).columns;
  const bool any =
      std::any_of(tables.begin(), tables.end(), [&](const auto& one) { return there.contains(one.first); });
  if (any && !there.contains(ledger)) gone.push_back(std::string("the table ") + ledger);
  if (gone.empty()) return std::nullopt;
  return "somebody has dropped of sagad's tables in " + database.where() + ": " + listed(gone) +
         ". It is not made anew, because it would be empty, and what it held would count as never recorded: end every "
         "sagad on it, and restore the database from its backup";
}

std::vector<std::string> dropped_indexes(connection& database, steps known) {
  const auto made = made_until_now(database, known);
  const auto there = all_there(database);
  std::vector<std::string> gone;
  for (const auto& [name, sql] : made.indexes) {
    if (!there.contains(name)) gone.push_back(sql);
  }
  return gone;
}

// Indexes have no rights of their own, and the ledger is only read.
std::optional<std::string> why_not_allowed(connection& database, steps known) {
  const auto tables = made_by(known).columns;
  const auto found = database.run(what_is_allowed);
  std::vector<std::string> lacking;
  for (int row = 0; row < found.size(); ++row) {
    const std::string name(found.bytes(row, 0));
    const bool reads = found.boolean(row, 1);
    const bool suffices = name == ledger ? reads : !tables.contains(name) || (reads && found.boolean(row, 2));
    if (!suffices) lacking.push_back(name);
  }
  if (lacking.empty()) return std::nullopt;
  const std::string user(found.bytes(0, 3));
  const std::string schema(found.bytes(0, 4));
  return "the user " + user + " has not the rights on sagad's tables in " + database.where() + " that it needs (of " +
         listed(lacking) + "): let who owns them run GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " +
         schema + " TO " + user;
}

}  // namespace sagad::journal::postgres::migrations
