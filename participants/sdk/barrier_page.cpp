#include "participants/sdk/barrier_page.hpp"

#include <algorithm>
#include <utility>

#include "compensations/barrier/saga_time.hpp"
#include "participants/sdk/json_writer.hpp"
#include "participants/sdk/problem.hpp"

namespace sagad::participants {
namespace {

using row_key = std::pair<std::string, std::string>;

row_key parse_key(const std::string& text) {
  const auto slash = text.find('/');
  if (slash != barrier::saga_id_size || slash + 1 == text.size()) {
    throw bad_input("\"after\" must be SAGA/STEP, as the page before said in \"next\".");
  }
  return {text.substr(0, slash), text.substr(slash + 1)};
}

}  // namespace

std::string barrier_page(barrier::connection& db, std::int64_t since_ms, const std::optional<std::string>& after,
                         std::int64_t rows_max) {
  // No step has an empty name: this lies before all rows of the first saga.
  row_key from{barrier::earliest_saga_id(since_ms), ""};
  if (after) from = std::max(from, parse_key(*after));
  json_writer out;
  out.open_object();
  out.open_array("rows");
  auto rows = db.prepare(barrier_page_sql);
  rows.bind(from.first, from.second, rows_max);
  std::string next = after.value_or("");
  while (rows.step()) {
    out.open_object();
    out.text("saga", rows.bytes(0));
    out.text("step", rows.bytes(1));
    out.integer("generation", rows.integer(2));
    out.text("state", rows.bytes(3));
    out.integer("at", rows.integer(4));
    out.close_object();
    next = rows.text(0) + "/" + rows.text(1);
  }
  out.close_array();
  out.text("next", next);
  out.close_object();
  return out.take();
}

}  // namespace sagad::participants
