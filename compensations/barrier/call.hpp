#pragma once

#include <cstdint>
#include <string>

namespace sagad::barrier {

enum class operation : std::uint8_t { action, compensation };

/// What a coordinator asks, as the barrier needs to know it. The saga id and the step name are already checked for
/// their form.
struct call {
  std::string saga;
  std::string step;
  operation of = operation::action;
  std::int64_t generation = 0;
  std::string request_digest;
};

}  // namespace sagad::barrier
