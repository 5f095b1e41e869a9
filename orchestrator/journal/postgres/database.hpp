#pragma once

#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/saga_id.hpp"
#include "journal/postgres/options.hpp"
#include "postgresql/connection.hpp"

/// The database as this journal asks it: the common connection, and its own kinds of value.
namespace sagad::journal::postgres {

using postgresql::column;
using postgresql::connection;
using postgresql::connection_lost;
using postgresql::parameters;
using postgresql::rows;
using postgresql::settings_refused;
using postgresql::statement;
using postgresql::statement_failed;
using postgresql::type;

inline postgresql::login login_of(const options& settings, const std::string& purpose) {
  return {.url = settings.url,
          .application = "sagad " + purpose,
          .connect_timeout = settings.connect_timeout,
          .statement_timeout = settings.statement_timeout};
}

/// The database has another journal than the one that is meant, or none: one made anew under its name, or another
/// server of the list that has its own. What is known of the one would be written to the other.
class another_journal : public connection_lost {
 public:
  using connection_lost::connection_lost;
};

/// What is in the way, for people: whether the database does not answer, says no, or is another one.
std::string in_the_way(const std::exception& error);

/// A connection to the journal that is meant. Throws another_journal, and as making one does.
connection connect_to_journal(const options& settings, const postgresql::login& how);

/// What `work` returns, as one transaction; nothing of it when it throws. Where tables are not changed in transactions
/// the first statement that does so ends it, and each that follows is one of its own.
template <typename Work>
auto in_transaction(connection& database, Work&& work) {
  database.run_all("BEGIN");
  try {
    auto done = work();
    if (database.is_in_transaction()) database.run_all("COMMIT");
    return done;
  } catch (const connection_lost&) {
    throw;
  } catch (const std::runtime_error&) {
    if (database.is_in_transaction()) database.run_all("ROLLBACK");
    throw;
  }
}

/// A saga's id or a digest, as the bytes that its place holds.
template <typename Fixed>
std::string_view bytes_of(const Fixed& value) noexcept {
  return {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()};
}

/// And back. Throws std::runtime_error where the place holds another size.
template <typename Fixed>
Fixed value_of(const rows& found, int row, int at) {
  const auto from = found.bytes(row, at);
  Fixed result;
  if (from.size() != result.bytes.size()) throw std::runtime_error("a value of another size than it must have");
  std::memcpy(result.bytes.data(), from.data(), from.size());
  return result;
}

}  // namespace sagad::journal::postgres
