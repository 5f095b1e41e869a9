#include "journal/postgres/database.hpp"

#include "postgresql/advice.hpp"

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

std::string in_the_way(const std::exception& error) {
  if (dynamic_cast<const another_journal*>(&error) != nullptr) return error.what();
  if (dynamic_cast<const connection_lost*>(&error) != nullptr) {
    return "the database does not answer: " + std::string(error.what());
  }
  const auto* failed = dynamic_cast<const statement_failed*>(&error);
  if (failed == nullptr) return error.what();
  return (failed->is_no_room() ? "the database has no room: " : "the database refuses: ") + std::string(error.what()) +
         advice_on(*failed);
}

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
