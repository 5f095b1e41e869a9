#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace sagad::barrier {

enum class decision : std::uint8_t { done, rejected, accepted };

/// What the business says. `rejected` promises nothing by itself: the barrier takes back whatever it changed.
struct business_result {
  decision what = decision::done;
  int status = 200;
  std::string body;
};

/// Runs inside the barrier's transaction, changes that database alone. Throwing means failure: everything, the
/// barrier's row too, is taken back.
using business = std::function<business_result()>;

}  // namespace sagad::barrier
