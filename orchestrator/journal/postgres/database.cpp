#include "journal/postgres/database.hpp"

namespace sagad::journal::postgres {
namespace {

constexpr statement find_identity{"identity", "SELECT value FROM sagad_meta WHERE name = 'identity'"};
constexpr const char* undefined_table = "42P01";

std::string identity_in(connection& database) {
  try {
    const auto found = database.run(find_identity);
    return found.empty() ? std::string() : std::string(found.bytes(0, 0));
  } catch (const statement_failed& failed) {
    if (failed.state() != undefined_table) throw;
    return {};
  }
}

}  // namespace

connection connect_to_journal(const options& settings, const postgresql::login& how) {
  connection database(how);
  if (settings.identity == 0) return database;
  const auto found = identity_in(database);
  if (found == std::to_string(settings.identity)) return database;
  throw another_journal(
      database.where() +
      (found.empty() ? " has no journal any more" : " has another journal than the one that this process has opened") +
      ": bring that one back there, or, to go on with what is there now, end all sagad and start "
      "them anew");
}

}  // namespace sagad::journal::postgres
