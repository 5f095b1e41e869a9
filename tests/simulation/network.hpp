#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "dispatch/caller.hpp"
#include "tests/simulation/inspector.hpp"
#include "tests/simulation/machine.hpp"
#include "tests/simulation/participant.hpp"

namespace sagad::simulation {

class line;

/// What lies between the coordinator and the participants: it loses, delays, doubles and reorders, and keeps some
/// requests until everything else is over. It outlives every life of the coordinator.
class network {
 public:
  /// The coordinator's door for late answers; tells the status that the participant gets.
  using door = std::function<void(const late_said&, unique_function<void(int)>)>;

  network(world& in, inspector& eyes, ledger& books, defect wrong);
  ~network();
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  void open_door(door to) { door_ = std::move(to); }

  /// A life's way to call. What it began is forgotten when it is destroyed; what is on its way goes on.
  std::unique_ptr<line> make_line(const machine& on, std::function<void(dispatch::answer)> sink);

  /// Everything that was kept back arrives.
  void bring_stragglers();
  std::size_t requests() const noexcept { return requests_; }

 private:
  friend class line;
  using reply = participant::reply;

  void send(std::size_t to, request asked, std::function<void(std::optional<said>)> tell);
  void call_back(const late_said& what, int attempts_left);
  void lie_about(late_said what);
  millis delay() { return world_.random.between(0, world_.weather.delay_ms_max); }

  world& world_;
  inspector& inspector_;
  defect defect_;
  door door_;
  std::vector<std::unique_ptr<participant>> participants_;
  std::vector<std::pair<std::size_t, request>> stragglers_;
  std::size_t requests_ = 0;
};

}  // namespace sagad::simulation
