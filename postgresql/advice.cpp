#include "postgresql/advice.hpp"

#include <string_view>

namespace sagad::postgresql {
namespace {

constexpr const char* insufficient_privilege = "42501";

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
  if (failed.state() != insufficient_privilege) return {};
  return ". Give the user its rights, as in GRANT USAGE, CREATE ON SCHEMA public TO user, or a schema of its own: "
         "CREATE SCHEMA name AUTHORIZATION user, and ?options=-csearch_path%3Dname at the end of the URL";
}

}  // namespace sagad::postgresql
