#include "compensations/barrier/savepoint.hpp"

#include "compensations/barrier/sql_error.hpp"

namespace sagad::barrier {

savepoint::savepoint(connection& db) : db_(db) {
  db_.database_->set_savepoint();
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
  db_.database_->keep_savepoint();
  open_ = false;
}

void savepoint::take_back() {
  if (!db_.in_transaction()) {
    open_ = false;
    throw transaction_lost("the database has rolled back the transaction");
  }
  db_.database_->take_back_savepoint();
  open_ = false;
}

}  // namespace sagad::barrier
