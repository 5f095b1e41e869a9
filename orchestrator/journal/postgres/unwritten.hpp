#pragma once

#include <optional>
#include <vector>

#include "journal/postgres/append_statement.hpp"

namespace sagad::journal::postgres {

/// What became of a record of a statement that did not write all.
struct standing {
  bool durable = false;          ///< it is there: written now, or sent before, with the answer lost
  std::optional<exception> why;  ///< it is not there; with neither it may be sent again, as a new one
};

/// In the records' order, which is that in which they were sent. Asked in statements of their own, after that one. A
/// key whose time has passed is freed. Asking twice does no harm.
std::vector<standing> explain(connection& database, const std::vector<sent_record>& sent, const retention& kept);

}  // namespace sagad::journal::postgres
