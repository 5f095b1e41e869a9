#include "runtime/alerts.hpp"

#include "telemetry/log.hpp"

namespace sagad::runtime {

void alerts::tell(millis now, const std::string& line) {
  look(now);
  if (lines_ == 0) window_began_ = now;
  if (++lines_ <= lines_max) log::warn(line);
}

void alerts::look(millis now) {
  if (lines_ == 0 || now - window_began_ < window_ms) return;
  if (lines_ > lines_max) {
    log::warn(
        std::to_string(lines_ - lines_max) +
        " more alerts like these were left out: `sagactl list --state stuck` shows the sagas that wait for a person, "
        "`sagactl list --state unfinished` those that only take long, too");
  }
  lines_ = 0;
}

}  // namespace sagad::runtime
