#pragma once

#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "journal/postgres/batch.hpp"
#include "journal/postgres/database.hpp"
#include "journal/postgres/live_sagas.hpp"

namespace sagad::journal::postgres {

/// An entry as it is sent: the same each time that it is sent again.
struct sent_record {
  const held_entry* entry = nullptr;
  std::uint64_t place = 0;
};

using record_key = std::pair<partition_no, position>;

/// What the database has of records that were sent.
struct found_records {
  std::set<record_key> ours;                               ///< written, by this owner, as they were sent
  std::unordered_map<partition_no, std::uint64_t> epochs;  ///< now
};

/// One statement, so that all of it is there or nothing: the records whose partition has their epoch, and the keys of
/// those that start. Whether it has written all: a start whose key is taken it has not, nor what follows it. `again`:
/// it may have been sent before, and what is there already is not written. Else it fails as a whole when something is
/// there (`statement_failed::is_duplicate`); looking for that costs a sixth of it.
bool append_records(connection& database, const std::vector<sent_record>& records, bool again);

/// Asked in a statement of its own after that one: what is there now.
found_records find_records(connection& database, const std::vector<sent_record>& records);

}  // namespace sagad::journal::postgres
