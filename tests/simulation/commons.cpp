#include "tests/simulation/commons.hpp"

#include "base/probe.hpp"

namespace sagad::simulation {

commons::commons(world& in, inspector& eyes, defect wrong)
    : world_(in),
      inspector_(eyes),
      partitions_(1 + world_.random.below(8)),
      all_({.partitions = partitions_,
            .lease_ms = lease_ms,
            .margin_ms = margin_ms,
            .again_ms = 2 * round_ms,
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
  all_.deliver_when([this](const journal::message&) { return !world_.strikes<&weather::message_late>(); });
}

void commons::take_settled() {
  for (;;) {
    const auto next = all_.whole().scan(seen_, 100, [this](const auto& one) { inspector_.take(one); });
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

void commons::move_one() {
  const auto which = static_cast<partition_no>(world_.random.below(partitions_));
  world_.say("partition " + std::to_string(which) + " is to move");
  all_.move(which);
}

}  // namespace sagad::simulation
