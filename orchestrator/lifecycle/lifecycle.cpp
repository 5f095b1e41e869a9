// Compiled as gnu++17: MSM of Boost 1.74 does not compile as C++20 with GCC 12.
#include "lifecycle/lifecycle.hpp"

// MSM includes headers that Boost has deprecated and uses Bind's global placeholders.
#define BOOST_ALLOW_DEPRECATED_HEADERS
#define BOOST_BIND_GLOBAL_PLACEHOLDERS
#include <boost/mpl/vector/vector30.hpp>
#include <boost/msm/back/state_machine.hpp>
#include <boost/msm/back/tools.hpp>
#include <boost/msm/front/functor_row.hpp>
#include <boost/msm/front/state_machine_def.hpp>
#include <cstddef>

namespace sagad::lifecycle {
namespace {

namespace msm = boost::msm;

struct forward : msm::front::state<> {};
struct backward : msm::front::state<> {};
struct paused_forward : msm::front::state<> {};
struct paused_backward : msm::front::state<> {};
struct completed : msm::front::state<> {};
struct compensated : msm::front::state<> {};
struct resolved : msm::front::state<> {};

struct all_done {};
struct turn_back {};
struct all_undone {};
struct pause {};
struct resume {};
struct resolve {};

struct saga_phases : msm::front::state_machine_def<saga_phases> {
  // An ephemeral machine takes one event: nothing can be queued, nothing throws.
  typedef int no_message_queue;
  typedef int no_exception_thrown;
  typedef forward initial_state;

  template <class From, class On, class To>
  using row = msm::front::Row<From, On, To, msm::front::none, msm::front::none>;

  // A rejection or a cancel while paused turns the direction; nothing is released until the resume.
  // clang-format off
  struct transition_table : boost::mpl::vector12<
      //   from             on           to
      row< forward        , all_done   , completed       >,
      row< forward        , turn_back  , backward        >,
      row< forward        , pause      , paused_forward  >,
      row< forward        , resolve    , resolved        >,
      //   ---------------- ------------ -----------------
      row< backward       , all_undone , compensated     >,
      row< backward       , pause      , paused_backward >,
      row< backward       , resolve    , resolved        >,
      //   ---------------- ------------ -----------------
      row< paused_forward , turn_back  , paused_backward >,
      row< paused_forward , resume     , forward         >,
      row< paused_forward , resolve    , resolved        >,
      //   ---------------- ------------ -----------------
      row< paused_backward, resume     , backward        >,
      row< paused_backward, resolve    , resolved        >
  > {};
  // clang-format on

  // The default asserts, so it would behave differently in a build without assertions.
  template <class Machine, class Event>
  void no_transition(const Event&, Machine&, int) noexcept {
    refused = true;
  }

  bool refused = false;
};

using machine = msm::back::state_machine<saga_phases>;

// MSM numbers states by the order of the rows; ours are persisted. No number is written by hand on either side.
template <class State>
constexpr int id_of = msm::back::get_state_id<machine::stt, State>::type::value;

constexpr int phases_max = 8;  // phase numbers run from 1 to 7

constexpr int machine_id(phase p) noexcept {
  switch (p) {
    case phase::forward: return id_of<forward>;
    case phase::backward: return id_of<backward>;
    case phase::paused_forward: return id_of<paused_forward>;
    case phase::paused_backward: return id_of<paused_backward>;
    case phase::completed: return id_of<completed>;
    case phase::compensated: return id_of<compensated>;
    case phase::resolved: return id_of<resolved>;
  }
  return -1;
}

struct phase_map {
  phase of[phases_max] = {};

  constexpr phase_map() {
    for (std::uint8_t number = 1; number < phases_max; ++number) {
      of[machine_id(static_cast<phase>(number))] = static_cast<phase>(number);
    }
  }
};
constexpr phase_map phase_of_machine_id;

// MSM restores its state through an archive; this one writes the state into the machine's only region.
struct state_writer {
  int state;

  template <std::size_t Regions>
  state_writer& operator&(int (&states)[Regions]) noexcept {
    static_assert(Regions == 1, "the table has one region");
    states[0] = state;
    return *this;
  }
  template <class Other>
  state_writer& operator&(Other&) noexcept {
    return *this;
  }
};

template <class Event>
cell after(phase from, const Event& event) noexcept {
  machine ephemeral;
  state_writer writer{machine_id(from)};
  ephemeral.serialize(writer, 0);
  ephemeral.process_event(event);
  return {phase_of_machine_id.of[ephemeral.current_state()[0]], !ephemeral.refused};
}

}  // namespace

cell step(phase from, trigger on) noexcept {
  if (!is_phase(static_cast<std::uint8_t>(from))) return {from, false};
  switch (on) {
    case trigger::all_done: return after(from, lifecycle::all_done{});
    case trigger::turn_back: return after(from, lifecycle::turn_back{});
    case trigger::all_undone: return after(from, lifecycle::all_undone{});
    case trigger::pause: return after(from, lifecycle::pause{});
    case trigger::resume: return after(from, lifecycle::resume{});
    case trigger::resolve: return after(from, lifecycle::resolve{});
  }
  return {from, false};
}

std::string_view name(phase p) noexcept {
  switch (p) {
    case phase::forward: return "forward";
    case phase::backward: return "backward";
    case phase::paused_forward: return "paused_forward";
    case phase::paused_backward: return "paused_backward";
    case phase::completed: return "completed";
    case phase::compensated: return "compensated";
    case phase::resolved: return "resolved";
  }
  return "?";
}

std::string_view name(trigger t) noexcept {
  switch (t) {
    case trigger::all_done: return "all_done";
    case trigger::turn_back: return "turn_back";
    case trigger::all_undone: return "all_undone";
    case trigger::pause: return "pause";
    case trigger::resume: return "resume";
    case trigger::resolve: return "resolve";
  }
  return "?";
}

}  // namespace sagad::lifecycle
