#pragma once

#include <vector>

#include "compensations/barrier/guard.hpp"
#include "participants/sdk/faults.hpp"
#include "participants/sdk/late_plan.hpp"
#include "participants/sdk/service.hpp"

namespace sagad::participants {

/// What every participant serves beside its own: health, polling for late answers, the ledger, faults, lateness.
/// `wake` is called when late work became due.
std::vector<plain_route> built_in_routes(const service& what, barrier::guard& guard, fault_switch& faults,
                                         late_plan& later, std::function<void()> wake);

}  // namespace sagad::participants
