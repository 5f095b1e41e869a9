#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compensations/barrier/connection.hpp"

namespace sagad::participants {

/// One page of the barrier's table from a key on: a range of the primary key, however many rows lie before it.
inline constexpr std::string_view barrier_page_sql =
    "SELECT saga, step, generation, state, at FROM barrier WHERE (saga, step) > (?, ?) ORDER BY saga, step LIMIT ?";

/// What reconciliation asks for: rows of sagas that began at `since_ms` or later, from `after` ("SAGA/STEP", as the
/// page before said in `next`) on, as `{"rows": [...], "next": "SAGA/STEP"}`; no rows: the end. Throws bad_input.
std::string barrier_page(barrier::connection& db, std::int64_t since_ms, const std::optional<std::string>& after,
                         std::int64_t rows_max);

}  // namespace sagad::participants
