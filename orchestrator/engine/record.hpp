#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/moment.hpp"
#include "engine/operation.hpp"
#include "lifecycle/lifecycle.hpp"

namespace sagad::engine {

/// What kind of input led to a record. The numbers are persisted, for ever; they follow the alternatives of `input`.
enum class input_kind : std::uint8_t { start = 1, reply = 2, recovery = 3, tick = 4, mismatch = 5, command = 6 };

/// What happened. The numbers are persisted, for ever.
enum class fact : std::uint8_t {
  started =
      1,     ///< content: definition, attempt: its version; body: input; text: key; more: labels; actor; at: deadline
  done = 2,  ///< an action took effect; body: its response
  rejected = 3,       ///< an action had and will have no effect; why; text: what the participant said
  accepted = 4,       ///< a late answer is awaited until `at`; text: where to poll
  failed = 5,         ///< the attempt ended unknown; at: the next one
  turned_back = 6,    ///< why, and because of which step
  undone = 7,         ///< a compensation is done
  blocked = 8,        ///< the operation waits for a command or a late answer; at: when it is asked again all the same
  freed = 9,          ///< a command gave the operation a new budget; at: when it is tried
  skipped = 10,       ///< done by hand; body: stand-in response; flag: nothing had happened
  edited = 11,        ///< body: replaces the request's; begins a generation
  commanded = 12,     ///< command; operation: as given; text: its id; actor; body: reason; flag: forced
  enlisted = 13,      ///< kept for steps that join while the saga runs
  recovered = 14,     ///< a new owner took over; at: its epoch
  finished = 15,      ///< body: output; text: why there is none
  withheld = 16,      ///< a try that spends time only (not sent, busy); at: the next one
  given_up = 17,      ///< budget spent and no byte ever written: it did not happen
  lost = 18,          ///< the attempt's end is not known since its owner went away
  contradicted = 19,  ///< a later answer said otherwise; body: it
  renewed = 20,       ///< a must-succeed action was rejected and begins a new generation; at: when
  passed_over = 21,   ///< its `when` said no: the step counts as done and has no effect
};

/// Why. The numbers are persisted, for ever.
enum class cause : std::uint8_t {
  none = 0,
  rejected = 1,
  rendering = 2,
  deadline = 3,
  budget_spent = 4,
  cut = 5,
  timed_out = 6,
  server_error = 7,
  misconfigured = 8,
  unreadable = 9,
  too_large = 10,
  stale = 11,
  lost = 12,
  not_sent = 13,
  busy = 14,
  in_progress = 15,
  refused = 16,
  differs = 17,
  no_late_answer = 18,
  said_failed = 19,
  compensate_command = 20,
  cancelled = 21,
  unknown_participant = 22,
};

/// A command's name. The numbers are persisted, for ever.
enum class command_name : std::uint8_t {
  none = 0,
  retry = 1,
  edit = 2,
  skip = 3,
  pause = 4,
  resume = 5,
  compensate = 6,
  resolve = 7,
  cancel = 8,
};

/// One thing that an input led to. Which fields count says `what`. The views point into the input or into the record's
/// bytes.
struct event {
  fact what = fact::started;
  operation_id operation;
  cause why = cause::none;
  command_name command = command_name::none;
  bool flag = false;
  std::uint16_t status = 0;
  std::uint32_t generation = 0;
  std::uint32_t attempt = 0;
  millis at = 0;
  digest content;
  std::string_view body;
  std::string_view text;
  std::string_view more;
  std::string_view actor;  ///< who asked, as the access rules name them; empty: nobody is told apart
};

/// An operation that may be called once the record is durable.
struct release {
  operation_id operation;
  std::uint32_t generation = 1;
  /// Over method, target and body; zeros: it could not be rendered and is blocked. The second half is for people, and
  /// zeros where it was not kept: nothing is decided by it.
  digest request;
};

/// A request, rendered. The method is the definition's.
struct request {
  std::string_view method;
  std::string target;
  std::string body;
  std::string headers;  ///< the definition's own: lines that each end in CRLF; no part of the content
  digest content() const noexcept;
};

/// The request of something just released.
struct rendered {
  operation_id operation;
  std::uint32_t generation = 1;
  engine::request request;
};

/// Of one record: one, unless branches begin or end together.
using rendered_requests = boost::container::small_vector<rendered, 1>;

/// One input, decided: written whole or not at all.
struct record {
  std::uint32_t seq = 0;
  millis at = 0;
  input_kind cause = input_kind::start;
  lifecycle::phase phase_after = lifecycle::phase::forward;
  bool forced_after = false;  ///< the turn back was forced: the saga ends resolved
  boost::container::small_vector<event, 4> events;
  boost::container::small_vector<release, 2> released;
  /// What decide itself wrote and events point to while the record is new: an output, what could not be rendered. A
  /// list, so that moving the record moves no text; a copy's views point into the original.
  std::forward_list<std::string> texts;
  /// Of `released`, while the record is new: who sends them at once need not render them again. Is not written.
  rendered_requests requests;
};

}  // namespace sagad::engine
