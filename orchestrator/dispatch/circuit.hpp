#pragma once

#include <cstdint>

#include "base/moment.hpp"

namespace sagad::dispatch {

struct circuit_settings {
  std::uint32_t failures_in_a_row = 5;  ///< open it, whatever the rate
  std::uint32_t failure_percent = 50;   ///< of a window's calls open it ...
  std::uint32_t window_calls_min = 20;  ///< ... once there were so many
  millis window_ms = 10'000;
  millis open_ms = 1'000;  ///< until the first probe; doubles with each that fails
  millis open_ms_max = 30'000;
};

enum class circuit_state : std::uint8_t { closed, open, half_open };

/// Whether a participant is worth calling. A failure is a call that could not be sent, was cut, timed out or was
/// answered with a fault of the participant's (5xx that is no "busy"). Pure: time is handed in. After M. Nygard,
/// "Release It!".
///
///     closed -> open (too many failures) -> half_open (one probe, a real operation) -> closed | open (for twice as
///     long)
class circuit {
 public:
  enum class permit : std::uint8_t { none, go, probe };

  explicit circuit(circuit_settings settings = {}) : settings_(settings), open_for_ms_(settings.open_ms) {}

  /// May a call begin now? `probe`: it may, and its end must be reported as the probe's.
  permit ask(millis now) noexcept;
  /// The same for a call that has waited long enough: it may probe before its time, if nobody has for `open_ms`.
  permit ask_early(millis now) noexcept;

  /// The same for a call that a person asks for: it may probe at once, unless a probe is under way.
  permit ask_urgently(millis now) noexcept;

  /// True when this closed the circuit.
  bool succeeded(millis now, bool probe) noexcept;
  void failed(millis now, bool probe) noexcept;
  /// The probe was taken back before it was sent: another may go.
  void probe_withdrawn() noexcept;

  circuit_state state() const noexcept { return state_; }
  /// Its probe's time has come, and nobody waits who would be it: the next call goes out at once.
  bool is_due(millis now) const noexcept { return state_ == circuit_state::open && now >= probe_at_; }
  /// Are calls held back now?
  bool holds(millis now) const noexcept { return state_ != circuit_state::closed && !is_due(now); }
  millis since() const noexcept { return since_; }
  /// When a held call should ask again; `never` while closed or while a probe is under way.
  millis probe_at() const noexcept { return state_ == circuit_state::open ? probe_at_ : never; }

 private:
  void turn(circuit_state to, millis now) noexcept;
  void open(millis now) noexcept;
  bool too_many() const noexcept;

  circuit_settings settings_;
  circuit_state state_ = circuit_state::closed;
  millis since_ = 0;
  millis probe_at_ = never;
  millis failed_at_ = 0;
  millis open_for_ms_;
  std::uint32_t in_a_row_ = 0;
  millis window_began_ = 0;
  std::uint32_t window_calls_ = 0;
  std::uint32_t window_failures_ = 0;
};

}  // namespace sagad::dispatch
