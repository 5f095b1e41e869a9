#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rehearsal/play.hpp"

namespace sagad::rehearsal {

/// What goes wrong at a point of failure.
enum class failure : std::uint8_t {
  none,            ///< everything succeeds
  rejected,        ///< the participant says no
  in_doubt,        ///< no answer ever comes; it may have taken effect
  unreachable,     ///< nothing can be sent until the budget ends
  no_late_answer,  ///< it is accepted, and what was promised never comes
};

struct failure_point {
  enum class ending : std::uint8_t {
    good,     ///< completed or compensated
    stuck,    ///< waits for a person or for the participant: no definition can rule that out
    broken,   ///< the definition's fault: something could not be rendered, or nothing fails and it does not complete
    not_met,  ///< the step is passed over with this input
  };

  engine::operation_id operation;  ///< of `none`: no matter
  failure what = failure::none;
  step_no because_of = 0;  ///< of a compensation's failure: the action whose rejection turned the saga back
  bool by_itself = false;  ///< of a compensation's failure: its own action was in doubt, and thus undone
  play played;
  ending how = ending::good;
};

/// Plays a definition through every point at which something can fail: first nothing, then each action in each way, and
/// each compensation. `sample` has the input and the responses.
std::vector<failure_point> play_failures(const definition::definition_ptr& definition, const script& sample);

}  // namespace sagad::rehearsal
