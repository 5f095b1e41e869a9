#include "tests/simulation/commons.hpp"

#include "base/probe.hpp"

namespace sagad::simulation {

commons::commons(world& in, inspector& eyes, defect wrong)
    : world_(in),
      inspector_(eyes),
      partitions_(1 + world_.random.below(8)),
      begins_older_(world_.random.chance(400)),
      all_({.partitions = partitions_,
            .lease_ms = lease_ms,
            .margin_ms = margin_ms,
            .again_ms = 2 * round_ms,
            .format_level = begins_older_ ? std::uint8_t{1} : newest_record_format(),
            .reads_tails_first = has(wrong, defect::reads_tails_first)},
           [this] { return world_.now(); }) {
  all_.between_statements([this] {
    if (!world_.chance(900)) return;
    all_.commit_late(all_.late());
    for (auto* one : known_) {
      const auto held = one->entries().held();
      if (held == 0) continue;
      SAGAD_PROBE("simulated: somebody writes between two statements of a take-over");
      one->entries().release(held);
    }
    take_settled();
  });
  inspector_.read_in(definitions_);
  all_.deliver_when([this](const journal::message&) { return !world_.strikes<&weather::message_late>(); });
}

void commons::take_settled() {
  for (;;) {
    const auto next = all_.whole().scan(seen_, 100, [this](const auto& one) {
      if (static_cast<std::uint8_t>(one.bytes.front()) > all_.format_level()) {
        throw violation("I8: a record is written in a format that not every node reads");
      }
      inspector_.take(one);
    });
    if (next == seen_) return;
    seen_ = next;
  }
}

void commons::commit_late_soon() {
  if (all_.late() == 0) return;
  world_.after(world_.random.between(0, world_.chance(700) ? 4000 : 300), [this] {
    all_.commit_late(1);
    take_settled();
    commit_late_soon();
  });
}

// Who cannot read what is there is not let in: an older program is not begun again then.
std::uint8_t commons::format_of_life(unsigned node) const {
  const bool older = begins_older_ && !upgraded_.contains(node) && all_.format_level() == 1;
  return older ? std::uint8_t{1} : newest_record_format();
}

void commons::raise_format_level() {
  const auto before = all_.format_level();
  all_.raise_format_level();
  world_.say("records are written in format " + std::to_string(all_.format_level()));
  if (all_.format_level() == before || inspector_.live() == 0) return;
  SAGAD_PROBE("simulated: records of a later format are written of sagas under way");
}

void commons::move_one() {
  const auto which = static_cast<partition_no>(world_.random.below(partitions_));
  world_.say("partition " + std::to_string(which) + " is to move");
  all_.move(which);
}

void commons::fall() {
  if (writes_away()) return;
  const auto long_one = world_.chance(500);
  const auto lasts = long_one ? world_.random.between(lease_ms, 4 * lease_ms) : world_.random.between(1, lease_ms);
  const auto until_it_reads = world_.chance(500) ? lasts : world_.random.between(0, lasts);
  world_.say("the database falls: it answers who reads after " + std::to_string(until_it_reads) +
             " ms, and who writes after " + std::to_string(lasts));
  writes_from_ = world_.now() + lasts;
  reads_from_ = world_.now() + until_it_reads;
  all_.commit_late(world_.random.below(all_.late() + 1));
  all_.forget_late();
  for (const auto& tell : told_when_it_falls_) tell();
  take_settled();
}

}  // namespace sagad::simulation
