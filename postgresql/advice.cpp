#include "postgresql/advice.hpp"

#include <string_view>

namespace sagad::postgresql {
namespace {

constexpr const char* insufficient_privilege = "42501";
constexpr const char* no_schema = "3F000";

}  // namespace

// libpq has no codes for what is wrong before there is a session.
std::string advice_on(const connection_lost& failed) {
  const std::string_view why = failed.what();
  if (why.find("password") != std::string_view::npos) {
    return ". It is read from the file ~/.pgpass, or that which the variable PGPASSFILE names";
  }
  if (why.find("read-only transaction") != std::string_view::npos) {
    return ". It is a standby, or is kept from writing: name the server that takes writes, or all of them, and "
           "?target_session_attrs=read-write at the end of the URL";
  }
  if (why.find("does not exist") != std::string_view::npos) {
    return ". `createuser USER` and `createdb --owner USER DATABASE` make them";
  }
  return {};
}

std::string advice_on(const statement_failed& failed) {
  if (failed.state() != insufficient_privilege && failed.state() != no_schema) return {};
  const std::string_view why = failed.what();
  if (why.find("must be owner") != std::string_view::npos) {
    return ". Do it as the user who owns that: it stands before the @ of the URL";
  }
  if (why.find("for table") != std::string_view::npos) {
    return ". Let who owns the tables give the user its rights, as in GRANT SELECT, INSERT, UPDATE, DELETE ON ALL "
           "TABLES IN SCHEMA public TO user";
  }
  return ". Give the user its rights, as in GRANT USAGE, CREATE ON SCHEMA public TO user, or a schema of its own: "
         "CREATE SCHEMA name AUTHORIZATION user, and ?options=-csearch_path%3Dname at the end of the URL";
}

}  // namespace sagad::postgresql
