#include "tests/simulation/other_version.hpp"

#include <algorithm>
#include <utility>

#include "engine/engine.hpp"

// The linker sends all calls of engine::outstanding from other objects here (`--wrap` in CMakeLists.txt), and gives the
// program's own, which stays as it is in its object, another name.
namespace sagad::engine {

work outstanding_of_this_version(const saga& saga,
                                 millis now) asm("__real__ZN5sagad6engine11outstandingERKNS0_4sagaEl");
work outstanding_of_the_running_version(const saga& saga,
                                        millis now) asm("__wrap__ZN5sagad6engine11outstandingERKNS0_4sagaEl");

}  // namespace sagad::engine

namespace sagad::simulation {
namespace {

version running = version::this_one;

}  // namespace

void run_version(version wanted) noexcept {
  running = wanted;
}

}  // namespace sagad::simulation

namespace sagad::engine {

work outstanding_of_the_running_version(const saga& saga, millis now) {
  using simulation::running;
  using simulation::version;
  auto found = outstanding_of_this_version(saga, now);
  if (running == version::this_one) return found;
  std::reverse(found.now.begin(), found.now.end());
  if (running != version::one_at_a_time) return found;
  const auto is_call = [](const wanted& one) { return one.what == wanted::kind::call; };
  const auto first = std::find_if(found.now.begin(), found.now.end(), is_call);
  if (first != found.now.end()) {
    found.now.erase(std::remove_if(std::next(first), found.now.end(), is_call), found.now.end());
  }
  return found;
}

}  // namespace sagad::engine
