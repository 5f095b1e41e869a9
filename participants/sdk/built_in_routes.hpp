#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "participants/sdk/faults.hpp"
#include "participants/sdk/late_plan.hpp"
#include "participants/sdk/service.hpp"

namespace sagad::participants {

/// What every participant serves beside its own: health, polling for late answers, the ledger, faults, lateness.
/// `wake` is called when late work became due.
std::vector<plain_route> built_in_routes(const service& what, fault_switch& faults, late_plan& later,
                                         std::function<void()> wake);

/// Whether a route is shut where admin routes are off: what steers the participant, and what lists all of its sagas.
bool is_admin(std::string_view pattern) noexcept;

}  // namespace sagad::participants
