#include "participants/sdk/cleaner.hpp"

#include <memory>
#include <string>
#include <utility>

#include "participants/sdk/late_store.hpp"

namespace sagad::participants {

cleaner::cleaner(database_thread& database, timer later, barrier::guard::clock now_ms, limits bounds,
                 database_thread::complaint complain)
    : writer_(database),
      later_(std::move(later)),
      now_ms_(std::move(now_ms)),
      bounds_(bounds),
      complain_(std::move(complain)) {}

void cleaner::clean() {
  if (stopped_) return;
  auto gone = std::make_shared<std::int64_t>(0);
  const bool taken = writer_.post({[this, gone](barrier::connection& db) { *gone = clean_piece(db); },
                                   [this, gone](database_thread::verdict end) { plan(end, *gone); }});
  if (!taken) plan(database_thread::verdict::busy, 0);
}

std::int64_t cleaner::clean_piece(barrier::connection& db) {
  barrier::retention rows(db);
  const std::int64_t now = now_ms_();
  const auto newest = rows.newest_saga_ms();
  const bool doubted = newest && now - bounds_.keep.count() > *newest;
  if (doubted && !clock_doubted_) {
    const auto days =
        std::chrono::duration_cast<std::chrono::hours>(std::chrono::milliseconds(now - *newest)).count() / 24;
    complain_(
        ("By this machine's clock the newest saga began " + std::to_string(days) +
         " days ago, longer than the barrier remembers. The clock is not believed and the rows are kept. Look at the "
         "clock; nothing is to be done if no saga came for so long.")
            .c_str());
  }
  clock_doubted_ = doubted;
  late_store(db).forget_given_up(now - bounds_.keep.count());
  return rows.clean(now, bounds_.keep, bounds_.rows_max);
}

void cleaner::plan(database_thread::verdict end, std::int64_t gone) {
  if (stopped_) return;
  auto delay = bounds_.interval;
  using verdict = database_thread::verdict;
  if (end == verdict::busy || end == verdict::away) delay = bounds_.retry_delay;
  if (end == verdict::committed && gone == bounds_.rows_max) delay = std::chrono::milliseconds(1);
  later_(delay, [this] { clean(); });
}

}  // namespace sagad::participants
