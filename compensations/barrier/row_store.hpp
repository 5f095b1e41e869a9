#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compensations/barrier/business_result.hpp"
#include "compensations/barrier/call.hpp"
#include "compensations/barrier/connection.hpp"

namespace sagad::barrier {

/// One row of the table `barrier`.
struct stored_row {
  enum class state : std::uint8_t { running, accepted, abandoned, done, rejected, undone };

  state is = state::running;
  std::int64_t generation = 0;
  std::string request_digest;
  int status = 0;
  std::string body;
  int undo_status = 0;
  std::string undo_body;
};

/// Reads and writes rows; knows none of the rules. Always inside the caller's transaction.
class row_store {
 public:
  explicit row_store(connection& db);
  /// The tables, where they are missing.
  static void create(connection& db);

  /// The first statement of every guarded call. False: there is a row already.
  bool insert_running(const call& of, std::int64_t at_ms);
  std::optional<stored_row> find(std::string_view saga, std::string_view step);
  /// And keeps it for this transaction, whoever else writes the table.
  std::optional<stored_row> find_to_change(std::string_view saga, std::string_view step);
  void store_action(const call& of, const business_result& said, std::int64_t at_ms);
  void store_undo(const call& of, int status, std::string_view body, std::int64_t at_ms);
  void store_abandoned(const call& of, std::int64_t at_ms);

 private:
  std::optional<stored_row> read(std::string_view sql, std::string_view saga, std::string_view step);

  connection& db_;
  std::string find_to_change_;
};

}  // namespace sagad::barrier
