#include "runtime/drift_watch.hpp"

#include <cstdlib>

namespace sagad::runtime {

std::optional<std::string> drift_watch::look(millis now, millis drift) {
  if (std::abs(drift - told_drift_) <= told_past_ms) return std::nullopt;
  if (told_at_ && now - *told_at_ < told_every_ms) return std::nullopt;
  told_drift_ = drift;
  told_at_ = now;
  const auto far = std::to_string(std::abs(drift)) + " ms " + (drift > 0 ? "ahead of" : "behind");
  return "the wall clock is now " + far +
         " the journal's time, which no jump moves: deadlines stay as they were; look after this machine's clock, and "
         "start again when it is right";
}

}  // namespace sagad::runtime
