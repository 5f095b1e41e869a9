#pragma once

#include "base/moment.hpp"

namespace sagad::simulation {

/// What a node runs on, life after life.
struct machine {
  unsigned number = 0;
  millis stands_still_until = 0;  ///< nothing of its process runs before that, and what comes waits
};

}  // namespace sagad::simulation
