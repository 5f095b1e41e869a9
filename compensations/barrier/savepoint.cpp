#include "compensations/barrier/savepoint.hpp"

#include <sqlite3.h>

#include "compensations/barrier/sql_error.hpp"

namespace sagad::barrier {

// One name serves all: ROLLBACK TO and RELEASE name the innermost.
savepoint::savepoint(connection& db) : db_(db) {
  db_.prepare("SAVEPOINT part").run();
}

savepoint::~savepoint() {
  if (!open_) return;
  try {
    take_back();
  } catch (const sql_error&) {
    // A savepoint that cannot be taken back must not be committed by whoever comes next.
    db_.rollback();
  }
}

void savepoint::keep() {
  db_.prepare("RELEASE part").run();
  open_ = false;
}

void savepoint::take_back() {
  if (!db_.in_transaction()) {
    open_ = false;
    throw transaction_lost(SQLITE_ABORT_ROLLBACK, "the transaction was rolled back by SQLite");
  }
  db_.prepare("ROLLBACK TO part").run();
  db_.prepare("RELEASE part").run();
  open_ = false;
}

}  // namespace sagad::barrier
