#pragma once

#include <cstdint>
#include <vector>

#include "journal/journal.hpp"
#include "journal/postgres/database.hpp"
#include "journal/postgres/live_changes.hpp"

/// What an owner reads of his partitions before he writes, in statements that begin after he has raised their epoch:
/// nothing of an owner before can follow what they see.
namespace sagad::journal::postgres {

struct tail {
  partition_no partition = 0;
  journal::position last_position = 0;  ///< 0: none
  millis last_time = 0;                 ///< 0: none
  std::uint64_t freed_place = 0;        ///< of what lies before it nothing is over
};

/// Of these partitions, by number.
std::vector<tail> read_tails(connection& database, const std::vector<partition_no>& of);
/// The live sagas of these partitions, the earliest due first. `changes` gets what sagad_live_sagas does not say yet.
std::vector<live_saga> read_live(connection& database, const std::vector<partition_no>& of, live_changes& changes);

std::uint64_t number_of(connection& database, std::string_view name);  ///< in sagad_meta

}  // namespace sagad::journal::postgres
