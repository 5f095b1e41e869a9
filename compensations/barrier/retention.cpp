#include "compensations/barrier/retention.hpp"

#include "compensations/barrier/saga_time.hpp"

namespace sagad::barrier {

std::int64_t retention::horizon_ms() {
  auto select = db_.prepare("SELECT before_ms FROM barrier_horizon");
  return select.step() ? select.integer(0) : 0;
}

std::int64_t retention::clean(std::int64_t now_ms, std::chrono::milliseconds keep, std::int64_t rows_max) {
  const std::int64_t before = now_ms - keep.count();
  const std::string first_kept = earliest_saga_id(before);
  db_.prepare(
         "DELETE FROM barrier WHERE (saga, step) IN (SELECT saga, step FROM barrier WHERE saga < ? AND at < ? AND "
         "state <> 'accepted' LIMIT ?)")
      .bind(first_kept, before, rows_max)
      .run();
  const std::int64_t gone = db_.changed();
  if (gone > 0) db_.prepare("UPDATE barrier_horizon SET before_ms = max(before_ms, ?)").bind(before).run();
  return gone;
}

}  // namespace sagad::barrier
