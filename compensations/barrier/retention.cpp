#include "compensations/barrier/retention.hpp"

#include <algorithm>

#include "compensations/barrier/saga_time.hpp"

namespace sagad::barrier {

std::int64_t retention::horizon_ms() {
  auto select = db_.prepare("SELECT before_ms FROM barrier_horizon");
  return select.step() ? select.integer(0) : 0;
}

std::optional<std::int64_t> retention::newest_saga_ms() {
  // Ids sort as their times do: the end of the primary key.
  auto select = db_.prepare("SELECT max(saga) FROM barrier");
  return select.step() ? saga_time_ms(select.bytes(0)) : std::nullopt;
}

std::int64_t retention::clean(std::int64_t now_ms, std::chrono::milliseconds keep, std::int64_t rows_max) {
  const auto newest = newest_saga_ms();
  if (!newest) return 0;
  // Never more than `keep`: the horizon must stay behind the newest saga.
  const std::int64_t believed = std::min(now_ms, *newest + std::min(clock_trust_max, keep).count());
  const std::int64_t before = believed - keep.count();
  const std::string first_kept = earliest_saga_id(before);
  db_.prepare(
         "DELETE FROM barrier WHERE (saga, step) IN (SELECT saga, step FROM barrier WHERE saga < ? AND at < ? AND "
         "state <> 'accepted' LIMIT ?)")
      .bind(first_kept, before, rows_max)
      .run();
  const std::int64_t gone = db_.changed();
  if (gone > 0) db_.prepare("UPDATE barrier_horizon SET before_ms = ? WHERE before_ms < ?").bind(before, before).run();
  return gone;
}

}  // namespace sagad::barrier
