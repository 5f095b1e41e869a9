#pragma once

#include <stdexcept>
#include <string>

namespace sagad::barrier {

/// What SQLite refused. `code` is its extended result code. Nothing may be assumed about the statement's effect; the
/// transaction around it must be rolled back.
class sql_error : public std::runtime_error {
 public:
  sql_error(int code, const std::string& what) : std::runtime_error(what), code_(code) {}

  int code() const noexcept { return code_; }

 private:
  int code_;
};

/// SQLite ended the whole transaction by itself (disk full, input/output error): everything since BEGIN is undone, and
/// nothing more may be done as if it were still open.
class transaction_lost : public sql_error {
 public:
  using sql_error::sql_error;
};

}  // namespace sagad::barrier
