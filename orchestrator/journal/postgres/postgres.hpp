#pragma once

#include <memory>
#include <string>
#include <variant>

#include "journal/journal.hpp"
#include "journal/postgres/options.hpp"

/// The journal in a PostgreSQL database. One process owns all its partitions; why the tables are as they are is in
/// docs/decisions/0229.
namespace sagad::journal::postgres {

/// Why a database was not opened: one line that says what is in the way.
struct error {
  std::string line;
  bool in_use = false;  ///< another process owns the partitions
};

class store : public journal::store {
 public:
  /// Whether nobody else can own the partitions by now. What is not trusted is renewed when the database answers, and
  /// is lost only when another has taken it: then entries settle as `not_owner`.
  virtual bool owns() const = 0;

  /// A small text that everybody who opens this journal shares: the one that is kept by that name, which is `fresh`
  /// when there was none. Throws `damaged` when the database does not answer.
  virtual std::string kept_text(const std::string& name, const std::string& fresh) = 0;
};

/// Opens the database, and makes its tables when it has none. Raises the epoch durably. Appenders must be gone before
/// the store. An entry is never told as `unknown`: it settles when the database has said what became of it, however
/// long that takes.
std::variant<std::unique_ptr<store>, error> open(const options& settings);

}  // namespace sagad::journal::postgres
