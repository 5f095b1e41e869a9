#include "compensations/barrier/connection.hpp"

#include "compensations/barrier/postgresql_database.hpp"
#include "compensations/barrier/sqlite_database.hpp"
#include "postgresql/url.hpp"

namespace sagad::barrier {
namespace {

std::unique_ptr<database> open(const connection::options& how) {
  if (is_shared(how.place)) return std::make_unique<postgresql_database>(how);
  return std::make_unique<sqlite_database>(how);
}

}  // namespace

bool is_shared(std::string_view place) noexcept {
  return postgresql::is_url(place);
}

connection::connection(const options& how) : database_(open(how)) {}

}  // namespace sagad::barrier
