#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "sagactl/reply.hpp"

namespace sagad::sagactl {

/// Long-polls a saga until it is final or `patience` is over (none: for ever). `seen` gets each new state of it, the
/// last one included. The newest answer; not good() when the server refused. An answer that does not come is asked for
/// again for `outage_max`, as a server may be restarted meanwhile.
reply follow(session& with, const std::string& id, std::optional<std::chrono::milliseconds> patience,
             std::chrono::milliseconds each_wait, const std::function<void(json_view)>& seen);

/// ok, not_completed or not_final, of a saga's JSON.
exit_code ending_of(json_view saga);

}  // namespace sagad::sagactl
