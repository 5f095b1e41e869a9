#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "views/database.hpp"
#include "views/query.hpp"

namespace sagad::views {

/// How much one page may cost: what ends first ends the page, which then says how far it got.
struct page_budget {
  std::size_t rows_read_max = 10'000;
  std::int64_t read_ms_max = 100;                     ///< how long a page may hold the file
  std::size_t page_bytes_max = 1U << 20U;             ///< of its sagas, but for the last of them
  std::function<std::int64_t()> steady_milliseconds;  ///< what time is measured with
};

/// The page. `as_of` is not set.
page search(const query& query, database& file, const page_budget& budget);

}  // namespace sagad::views
