#include "runtime/onlooking.hpp"

#include <algorithm>
#include <utility>

namespace sagad::runtime {
namespace {

// Who waits for a saga waits for the journal, too.
bool may_change(const answer_result& seen) {
  const auto* answer = std::get_if<saga_answer>(&seen);
  return answer != nullptr ? !answer->final : std::get<problem>(seen).code == problem_code::overloaded;
}

}  // namespace

bool onlooking::goes_on(const answer_result& seen, millis now) const {
  return patient(now) && may_change(seen);
}

millis onlooking::next_pause(millis now) {
  return std::clamp<millis>(until_ - now, 0, std::exchange(pause_, std::min(pause_ * 2, pause_max)));
}

}  // namespace sagad::runtime
