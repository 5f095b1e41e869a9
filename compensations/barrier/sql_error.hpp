#pragma once

#include <stdexcept>
#include <string>

namespace sagad::barrier {

/// What the database refused. Nothing may be assumed about the statement's effect; the transaction around it, or the
/// savepoint, must be rolled back.
class sql_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The database ended the whole transaction by itself (disk full, input/output error, the connection is gone):
/// everything since BEGIN is undone, and nothing more may be done as if it were still open.
class transaction_lost : public sql_error {
 public:
  using sql_error::sql_error;
};

/// Somebody else has kept a lock for longer than wait_max.
class lock_kept : public sql_error {
 public:
  using sql_error::sql_error;
};

/// The connection went while it committed: the transaction may have happened, or may still. Who asks again learns it.
class commit_unknown : public sql_error {
 public:
  using sql_error::sql_error;
};

/// There is no connection to the database, and none is to be had: nothing was begun.
class database_away : public sql_error {
 public:
  using sql_error::sql_error;
};

}  // namespace sagad::barrier
