#include "tests/simulation/network.hpp"

#include "base/probe.hpp"
#include "tests/simulation/line.hpp"
#include "tests/simulation/random_saga.hpp"

namespace sagad::simulation {

network::network(world& in, inspector& eyes, ledger& books, defect wrong)
    : world_(in), inspector_(eyes), defect_(wrong) {
  constexpr int callbacks_tried = 60;
  for (std::size_t number = 0; number < participants; ++number) {
    participant::manner how;
    if (world_.chance(150)) how.by = world_.chance(600) ? participant::guard::own_key : participant::guard::says_taken;
    how.says_outcome = how.by == participant::guard::barrier && !world_.chance(250);
    how.crowded = world_.chance(500);
    how.gateway = world_.chance(250);
    participants_.push_back(std::make_unique<participant>(
        world_, books, how, [this](const late_said& what) { call_back(what, callbacks_tried); }, wrong));
  }
}

network::~network() = default;

std::unique_ptr<line> network::make_line(const machine& on, std::function<void(dispatch::answer)> sink) {
  return std::make_unique<line>(*this, on, std::move(sink));
}

void network::send(std::size_t to, request asked, std::function<void(std::optional<said>)> tell) {
  ++requests_;
  if (world_.strikes<&weather::request_lost>() || has(defect_, defect::loses_every_request)) return;
  if (world_.strikes<&weather::straggles>()) {
    stragglers_.emplace_back(to, asked);
    return;
  }
  const auto first = delay();
  const bool twice = participants_[to]->how().takes_twins() && world_.strikes<&weather::doubled>();
  asked.twin = twice;
  world_.after(first, [this, to, asked, tell] { participants_[to]->handle(asked, tell); });
  if (!twice) return;
  const bool at_once = world_.chance(300);
  if (at_once) SAGAD_PROBE("simulated: a request is delivered twice at once");
  const auto then = at_once ? first : world_.chance(300) ? world_.random.between(500, 8000) : delay();
  world_.after(then, [this, to, asked, tell] { participants_[to]->handle(asked, tell); });
}

void network::call_back(const late_said& what, int attempts_left) {
  if (attempts_left == 0) return;
  const auto heard = std::make_shared<bool>(false);
  const auto deliver = [this, what, heard] {
    if (!door_ || world_.strikes<&weather::callback_lost>()) return;
    door_(what, [this, what, heard](int status) {
      if (status == 503 || world_.strikes<&weather::callback_lost>()) return;
      *heard = true;
      if (status == 204 && world_.strikes<&weather::lies>()) lie_about(what);
    });
  };
  world_.after(delay(), deliver);
  if (world_.strikes<&weather::doubled>()) {
    SAGAD_PROBE("simulated: a callback comes twice");
    world_.after(delay(), deliver);
  }
  world_.after(700, [this, what, heard, attempts_left] {
    if (!*heard) call_back(what, attempts_left - 1);
  });
}

// The contrary of an outcome that stands: whoever hears it has to keep to the first.
void network::lie_about(late_said what) {
  if (what.outcome != engine::outcome::done && what.outcome != engine::outcome::rejected) return;
  what.outcome = what.outcome == engine::outcome::done ? engine::outcome::rejected : engine::outcome::done;
  world_.after(delay(), [this, what] { door_(what, [](int) {}); });
}

void network::bring_stragglers() {
  for (const auto& [to, asked] : stragglers_) {
    world_.say("a straggler arrives: " + text_of(asked));
    participants_[to]->handle(asked, [](const std::optional<said>&) {});
  }
  stragglers_.clear();
}

}  // namespace sagad::simulation
