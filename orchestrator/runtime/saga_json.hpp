#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/engine.hpp"
#include "runtime/resident.hpp"

namespace sagad::runtime {

/// Appends what is known of a call beside the records: "in flight, times out at", "waiting for escrow since". Returns
/// the number of the attempt that is under way; 0: none is.
using call_notes = std::function<std::uint32_t(std::string& out, engine::operation_id operation)>;

/// The whole answer about a saga: state, outcome, why it turned back, each step with what its operations are doing.
std::string saga_as_json(const engine::saga& saga, bool quarantined, const call_notes& notes = {});

}  // namespace sagad::runtime
