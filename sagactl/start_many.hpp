#pragma once

#include "sagactl/exit_code.hpp"
#include "sagactl/start_options.hpp"

namespace sagad::sagactl {

/// Starts a saga for each line of `options.from`, as many at once as `options.concurrency` says, each with a key that
/// is the same whenever the same file is given again: nothing is started twice. Retries what the server was too busy
/// for, and stops where it is gone for a minute, or somebody interrupts it: then it says how to go on.
exit_code start_many(session& with, const start_options& options);

}  // namespace sagad::sagactl
