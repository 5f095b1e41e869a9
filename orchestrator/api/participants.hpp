#pragma once

#include <string>
#include <vector>

#include "dispatch/participant_view.hpp"

namespace sagad::api {

/// What one reactor knows of the participants: where each is, its circuit, what is in flight and what waits.
std::string participants_json(const std::vector<dispatch::participant_view>& views);

}  // namespace sagad::api
