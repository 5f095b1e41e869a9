#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.hpp"
#include "rehearsal/script.hpp"

namespace sagad::rehearsal {

/// A header that the definition sets, rendered. What sagad and its configuration add to a call is not among them.
struct header {
  std::string name;
  std::string value;
};

/// An operation that was called, with all its tries: they carry the same bytes.
struct call {
  engine::operation_id operation;
  std::uint32_t tries = 0;
  millis at_ms = 0;  ///< when it was first called, after the start
  std::string method;
  std::string target;
  std::vector<header> headers;  ///< by name
  std::string body;
  engine::verdict ended = engine::verdict::unknown;  ///< of the newest try, or the late answer
  engine::cause why = engine::cause::none;
  int status = 0;  ///< of the newest try; 0: no answer
};

/// An operation that the saga needs and that is blocked.
struct standstill {
  engine::operation_id operation;
  engine::cause why = engine::cause::none;
  std::string detail;
};

struct turn {
  std::optional<step_no> step;  ///< none: the deadline, which is no step's
  engine::cause why = engine::cause::none;
  std::string detail;
};

/// What a saga did.
struct play {
  std::string_view state;       ///< as people are shown it: completed, compensated, stuck; running: it has no end
  std::vector<call> calls;      ///< in the order of their first tries
  std::vector<step_no> done;    ///< actions that took effect, in order
  std::vector<step_no> undone;  ///< in order
  std::vector<step_no> passed_over;
  std::vector<standstill> stuck;
  std::optional<turn> turned_back;
  bool past_return = false;  ///< it passed the point of no return
  std::string output;        ///< JSON; empty: none
  std::string output_error;
  millis took_ms = 0;

  const call* find(engine::operation_id operation) const noexcept;
};

/// A play of more inputs is broken off: a saga that is asked for ever has no end.
inline constexpr std::uint32_t inputs_max = 50'000;

/// Plays a start to its end, or until nothing but a person or another answer moves it.
play perform(const definition::definition_ptr& definition, const script& script);

}  // namespace sagad::rehearsal
