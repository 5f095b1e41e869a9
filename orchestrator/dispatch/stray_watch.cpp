#include "dispatch/stray_watch.hpp"

namespace sagad::dispatch {

std::optional<std::string> stray_watch::look(millis now, std::string_view participant, std::uint64_t strayed) {
  if (strayed == told_) return std::nullopt;
  if (told_at_ && now - *told_at_ < told_every_ms) return std::nullopt;
  auto const fresh = strayed - told_;
  told_ = strayed;
  told_at_ = now;
  return std::string(participant) + " answers more often than it is asked: " + std::to_string(fresh) +
         (fresh == 1 ? " connection" : " connections") +
         " brought bytes behind an answer and were closed, so that these answer no other call; look there for a "
         "handler "
         "that writes two responses, or a wrong Content-Length";
}

}  // namespace sagad::dispatch
