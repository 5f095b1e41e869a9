#pragma once

#include <memory>
#include <string>
#include <variant>

#include "journal/ownership.hpp"
#include "journal/postgres/options.hpp"

/// The journal in a PostgreSQL database. Why the tables are as they are is in docs/decisions/0229, how several nodes
/// share it in 0223.
namespace sagad::journal::postgres {

/// Why a database was not opened: one line that says what is in the way.
struct error {
  std::string line;
};

/// `scan` and `end` go as far as all nodes have come: what has just settled is to be seen there a little later, unless
/// this node has all partitions.
class store : public shared_store {
 public:
  /// A small text that everybody who opens this journal shares: the one that is kept by that name, which is `fresh`
  /// when there was none. Throws `damaged` when the database does not answer.
  virtual std::string kept_text(const std::string& name, const std::string& fresh) = 0;
};

/// Opens the database, and makes its tables when it has none. It has no partitions before `join`, and who never joins
/// only reads. Appenders must be gone before the store. An entry is never told as `unknown`: it settles when the
/// database has said what became of it, however long that takes.
std::variant<std::unique_ptr<store>, error> open(const options& settings);

}  // namespace sagad::journal::postgres
