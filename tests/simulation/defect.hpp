#pragma once

#include <cstdint>

namespace sagad::simulation {

/// Faults that nobody wants in the program, put in on purpose around it to see that a simulation finds them. Only
/// simulation_defects_test has them.
enum class defect : std::uint8_t {
  none,
  acts_before_durable,         ///< the journal's appender reports as settled what it was only given
  loses_settled_records,       ///< a crash takes the last settled record along
  barrier_forgets_rejections,  ///< a rejected action runs again when it is asked again
  barrier_undoes_rejections,   ///< a compensation undoes what was rejected
  barrier_forgets_undoing,     ///< an action that comes after its compensation runs
  undoes_in_forward_order,     ///< the plan takes the steps' order the wrong way round
  believes_bare_rejections,    ///< a bare 409 counts as a promise, whatever was before
  counts_refused_connections,  ///< as attempts that may have had an effect
  forgets_wakeups,             ///< nothing wakes a saga when its time has come (I6)
  reads_tails_first,           ///< a take-over does, before it raises the epoch
  loses_every_request,         ///< also when nothing goes wrong any more (I7)
};

/// Whether a run has this defect. Every other program links sound.cpp, by which none has.
bool has(defect given, defect asked) noexcept;

}  // namespace sagad::simulation
