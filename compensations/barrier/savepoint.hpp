#pragma once

#include "compensations/barrier/connection.hpp"

namespace sagad::barrier {

/// A part of the open transaction that can be taken back alone. Goes back when it was not kept. They nest: an inner one
/// ends before its outer one.
class savepoint {
 public:
  explicit savepoint(connection& db);
  savepoint(const savepoint&) = delete;
  savepoint& operator=(const savepoint&) = delete;
  ~savepoint();

  void keep();
  /// Throws transaction_lost where the database has already ended the transaction.
  void take_back();

 private:
  connection& db_;
  bool open_ = true;
};

}  // namespace sagad::barrier
