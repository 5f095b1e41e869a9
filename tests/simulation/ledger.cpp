#include "tests/simulation/ledger.hpp"

namespace sagad::simulation {

void ledger::happen(const request& of) {
  note(of, true, false);
}

void ledger::happen_unguarded(const request& of, bool excused) {
  note(of, false, excused);
}

void ledger::note(const request& of, bool guarded, bool excused) {
  auto& known = effects_[of.saga];
  const effect* last = nullptr;
  bool undone = false;
  for (const auto& one : known) {
    if (one.step != of.step) continue;
    last = &one;
    undone |= one.side == engine::side::compensation;
  }
  if (last != nullptr && last->side == of.side) {
    throw violation((last->generation == of.generation ? "I1/I2: takes effect twice: " : "I11: two generations: ") +
                    text_of(of));
  }
  const bool action = of.side == engine::side::action;
  if (action && undone && guarded) {
    throw violation("I3: an action after its compensation: " + text_of(of));
  }
  const std::int64_t sum = 1 + static_cast<std::int64_t>(known.size());
  auto& hold = held_[{of.saga, of.step}];
  if (action) {
    hold = sum;
    holds_ += sum;
    accounts_ -= sum;
  } else {
    accounts_ += last != nullptr ? hold : sum;
    holds_ -= hold;
    hold = 0;
  }
  known.push_back({of.step, of.side, of.generation, excused});
  if (!action && last == nullptr) {
    throw violation("I3: a compensation takes effect without its action: " + text_of(of));
  }
  if (money() != 0) throw violation("I10: money was made or lost: " + std::to_string(money()));
  if (told_ && !excused) told_(of);
}

const std::vector<ledger::effect>& ledger::of(const saga_id& saga) const {
  static const std::vector<effect> none;
  const auto found = effects_.find(saga);
  return found == effects_.end() ? none : found->second;
}

}  // namespace sagad::simulation
