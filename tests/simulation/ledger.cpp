#include "tests/simulation/ledger.hpp"

namespace sagad::simulation {

void ledger::happen(const request& of) {
  auto& known = effects_[of.saga];
  bool done = false;
  for (const auto& one : known) {
    if (one.step != of.step) continue;
    if (one.side == of.side) {
      throw violation((one.generation == of.generation ? "I1/I2: takes effect twice: " : "I11: two generations: ") +
                      text_of(of));
    }
    if (one.side == engine::side::compensation) throw violation("I3: an action after its compensation: " + text_of(of));
    done = true;
  }
  const std::int64_t sum = 1 + static_cast<std::int64_t>(known.size());
  auto& hold = held_[{of.saga, of.step}];
  if (of.side == engine::side::action) {
    hold = sum;
    holds_ += sum;
    accounts_ -= sum;
  } else {
    accounts_ += done ? hold : sum;
    holds_ -= hold;
    hold = 0;
  }
  known.push_back({of.step, of.side, of.generation});
  if (of.side == engine::side::compensation && !done) {
    throw violation("I3: a compensation takes effect without its action: " + text_of(of));
  }
}

const std::vector<ledger::effect>& ledger::of(const saga_id& saga) const {
  static const std::vector<effect> none;
  const auto found = effects_.find(saga);
  return found == effects_.end() ? none : found->second;
}

}  // namespace sagad::simulation
