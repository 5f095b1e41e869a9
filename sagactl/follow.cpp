#include "sagactl/follow.hpp"
#include "base/percent.hpp"

#include <algorithm>
#include <ostream>

namespace sagad::sagactl {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds outage_max{60'000};
constexpr milliseconds pause_between{200};
// Beyond the wait that was asked for: an answer that takes longer is none.
constexpr milliseconds answer_grace{10'000};

bool passing(const reply& answer) {
  return !answer.foreign && (answer.status == 0 || answer.status == 429 || answer.status == 503);
}

}  // namespace

reply follow(session& with, const std::string& id, std::optional<milliseconds> patience, milliseconds each_wait,
             const std::function<void(json_view)>& seen) {
  const auto began = with.now();
  std::int64_t seen_seq = -1;
  std::optional<std::int64_t> silent_since;
  while (true) {
    const milliseconds gone(with.now() - began);
    const auto wait = patience ? std::clamp(*patience - gone, milliseconds(0), each_wait) : each_wait;
    http_request what;
    what.target = "/v1/sagas/" + percent_encoded(id) + "?wait=" + std::to_string(wait.count()) + "ms";
    what.patience = wait + answer_grace;
    auto answer = ask(with, what, "id");
    const bool over = patience && milliseconds(with.now() - began) >= *patience;
    if (passing(answer)) {
      if (!silent_since) silent_since = with.now();
      if (over || milliseconds(with.now() - *silent_since) >= outage_max) return answer;
      with.pause(pause_between);
      continue;
    }
    silent_since.reset();
    if (!answer.good()) return answer;
    const auto seq = answer.view().integer("seq");
    const bool news = seq != seen_seq;
    if (news) seen(answer.view());
    seen_seq = seq;
    if (answer.view().has("outcome") || over) return answer;
    // The server answers early where waiting is of no use; asking again at once would only keep both busy.
    if (!news) with.pause(pause_between);
  }
}

exit_code ending_of(json_view saga) {
  const auto outcome = saga.text("outcome");
  if (outcome.empty()) return exit_code::not_final;
  return outcome == "completed" ? exit_code::ok : exit_code::not_completed;
}

}  // namespace sagad::sagactl
