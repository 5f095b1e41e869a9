#pragma once

namespace sagad::sagactl {

/// How sagactl ends: scripts rely on these numbers, they never change.
enum class exit_code : int {
  ok = 0,             ///< done; with --wait or watch: the saga completed
  refused = 1,        ///< the server said no, and why; or what was compared differs
  usage = 2,          ///< the command line, a file or the input cannot be so; nothing was sent
  unreachable = 3,    ///< no answer came, or it could not be written: what was asked for may have happened
  not_completed = 4,  ///< the saga is final, and was compensated or resolved
  not_final = 5,      ///< the time to wait is over, and the saga goes on
  interrupted = 130,  ///< by Ctrl-C, as a shell says it
};

}  // namespace sagad::sagactl
