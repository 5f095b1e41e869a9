#include "dispatch/circuit.hpp"

#include <algorithm>

namespace sagad::dispatch {

void circuit::turn(circuit_state to, millis now) noexcept {
  state_ = to;
  since_ = now;
}

circuit::permit circuit::ask(millis now) noexcept {
  if (state_ == circuit_state::closed) return permit::go;
  if (holds(now)) return permit::none;
  turn(circuit_state::half_open, now);
  return permit::probe;
}

circuit::permit circuit::ask_early(millis now) noexcept {
  if (state_ == circuit_state::open && now - failed_at_ >= settings_.open_ms) {
    turn(circuit_state::half_open, now);
    return permit::probe;
  }
  return ask(now);
}

circuit::permit circuit::ask_urgently(millis now) noexcept {
  if (state_ != circuit_state::open) return ask(now);
  turn(circuit_state::half_open, now);
  return permit::probe;
}

bool circuit::succeeded(millis now, bool probe) noexcept {
  in_a_row_ = 0;
  if (state_ == circuit_state::closed) {
    if (now - window_began_ >= settings_.window_ms) {
      window_began_ = now;
      window_calls_ = window_failures_ = 0;
    }
    ++window_calls_;
    return false;
  }
  if (!probe) return false;  // an answer to a call from before it opened: no news
  turn(circuit_state::closed, now);
  open_for_ms_ = settings_.open_ms;
  window_began_ = now;
  window_calls_ = window_failures_ = 0;
  return true;
}

bool circuit::too_many() const noexcept {
  return in_a_row_ >= settings_.failures_in_a_row ||
         (window_calls_ >= settings_.window_calls_min &&
          std::uint64_t{window_failures_} * 100 >= std::uint64_t{window_calls_} * settings_.failure_percent);
}

void circuit::open(millis now) noexcept {
  turn(circuit_state::open, now);
  probe_at_ = later(now, open_for_ms_);
}

void circuit::failed(millis now, bool probe) noexcept {
  if (state_ == circuit_state::closed) {
    failed_at_ = now;
    if (now - window_began_ >= settings_.window_ms) {
      window_began_ = now;
      window_calls_ = window_failures_ = 0;
    }
    ++window_calls_;
    ++window_failures_;
    ++in_a_row_;
    if (too_many()) open(now);
    return;
  }
  if (!probe) return;
  failed_at_ = now;
  open_for_ms_ = std::min(open_for_ms_ * 2, settings_.open_ms_max);
  open(now);
}

void circuit::probe_withdrawn() noexcept {
  if (state_ == circuit_state::half_open) state_ = circuit_state::open;  // its time has come: the next one may go
}

}  // namespace sagad::dispatch
