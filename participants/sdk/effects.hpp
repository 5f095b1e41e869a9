#pragma once

#include <cstdint>

#include "compensations/barrier/call.hpp"
#include "compensations/barrier/connection.hpp"
#include "participants/sdk/service.hpp"

namespace sagad::participants {

/// The table `effects(seq, saga, step, operation, generation, at)`: one row for each effect that really happened, in
/// the order of the commits; none for duplicates, rejections and undos of nothing.
void create_effects(barrier::connection& db);

/// Runs the handler, and writes the row where it says done. In the transaction.
barrier::business_result run_with_effect(const call_handler& run, transaction& tx, const http_request& asked);

/// `{"effects": [...], "next": seq}`: those after `after`, at most `rows_max`.
std::string list_effects(barrier::connection& db, std::int64_t after, std::int64_t rows_max);

}  // namespace sagad::participants
