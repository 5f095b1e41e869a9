#include "tests/simulation/archive_shelf.hpp"

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "base/probe.hpp"

namespace sagad::simulation {

void archive_shelf::begin_life(fibers& threads) {
  fibers_ = &threads;
  ++life_;
  open_ = false;
  under_way_ = {};
}

// Others go on while it is written; then it may have failed.
void archive_shelf::may_fail(const char* where) {
  if (world_.chance(300)) fibers_->yield();
  constexpr unsigned more_often = 40;
  if (world_.strikes_rarely<&weather::dies_in_disk>(more_often)) {
    fibers::die(std::string("killed while the archive ") + where);
  }
  if (!world_.strikes<&weather::archive_fails>()) return;
  world_.say(std::string("the archive fails when it ") + where);
  open_ = false;
  const auto luck = world_.random.below(3);
  if (luck == 0) throw std::runtime_error("the archive fails");
  throw std::system_error(luck == 1 ? ENOSPC : EIO, std::generic_category(), "the archive cannot be written");
}

void archive_shelf::begin(std::uint64_t number, millis /*newest*/) {
  open_ = true;
  number_ = number;
  under_way_ = {life_, {}};
  may_fail("begins a piece");
}

void archive_shelf::add(const history& records) {
  if (!open_) throw violation("the archive: a piece that failed goes on");
  if (records.empty()) throw violation("the archive: a saga without records");
  const auto& saga = records.front().saga;
  if (!under_way_.sagas.emplace(saga, records).second) {
    throw violation("the archive: a saga twice in a piece: " + saga.text());
  }
  may_fail("gets a saga");
}

void archive_shelf::finish() {
  if (!open_) throw violation("the archive: a piece that failed is finished");
  may_fail("finishes a piece");
  if (finished_.contains(number_)) SAGAD_PROBE("simulated: a piece of the archive is written again");
  finished_[number_] = under_way_;
  // It is there, and nobody was told so.
  may_fail("has finished a piece");
  open_ = false;
}

std::vector<archive_shelf::copy> archive_shelf::copies_of(const saga_id& saga) const {
  std::vector<copy> found;
  for (const auto& [number, one] : finished_) {
    const auto copied = one.sagas.find(saga);
    if (copied != one.sagas.end()) found.push_back({number, one.life, &copied->second});
  }
  return found;
}

}  // namespace sagad::simulation
