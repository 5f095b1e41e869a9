#pragma once

#include <string>
#include <vector>

#include "dispatch/participant_view.hpp"

namespace sagad::api {

/// Where each participant is, its circuit, how fast it answers, what is in flight and what waits.
std::string participants_json(const dispatch::participant_views& views);

}  // namespace sagad::api
