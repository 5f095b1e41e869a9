#pragma once

#include <cstdint>
#include <string>

#include "compensations/barrier/call.hpp"
#include "participants/sdk/http_message.hpp"

namespace sagad::participants {

/// What a coordinator says in its headers.
struct call_headers {
  barrier::call of;
  std::int64_t attempt = 0;  ///< 0: not said
  std::string callback;      ///< empty: none
};

/// Reads Saga-Id, Saga-Step, Saga-Operation and Saga-Generation, which must be there, and Saga-Attempt, Saga-Callback
/// and Idempotency-Key, which must be right where they are. Throws bad_input.
call_headers read_call_headers(const http_request& asked);

}  // namespace sagad::participants
