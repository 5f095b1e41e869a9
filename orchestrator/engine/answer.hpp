#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/moment.hpp"

namespace sagad::engine {

/// How a call to a participant ended, as a fact.
enum class ending : std::uint8_t {
  answered,  ///< a whole response was read
  not_sent,  ///< no byte of the request was written: refused, DNS, TLS, held too long
  cut,       ///< the connection ended before the whole answer
  timed_out,
  unreadable,  ///< not HTTP, or a 2xx whose body is not JSON (or has doubled names)
  too_large,
};

/// `Saga-Outcome` of an answer or a callback.
enum class outcome : std::uint8_t {
  absent,
  done,
  rejected,
  in_progress,
  refused,
  differs,
  stale,
  failed,
  unrecognized
};

/// What dispatch saw of one exchange.
struct exchange {
  ending how = ending::not_sent;
  int status = 0;  ///< answered, unreadable
  engine::outcome outcome = outcome::absent;
  std::optional<millis> retry_after_ms;
  std::string_view location;
  std::string_view body;    ///< of a 2xx: one JSON value; else the beginning of whatever came
  std::string_view detail;  ///< for people
};

/// What an answer means for the operation that asked.
enum class verdict : std::uint8_t {
  done,
  rejected,       ///< promised: no attempt has or will have an effect
  rejected_bare,  ///< by status alone: believed only if no attempt ended unknown
  accepted,       ///< a late answer will come
  not_sent,       ///< no effect
  busy,           ///< asked to come again; spends time only
  unknown,        ///< may have had its effect; spends an attempt
  misconfigured,  ///< as unknown, and somebody must be told
  refused,        ///< the participant will not: blocks
  differs,        ///< another request holds the operation's place: blocks
  stale,          ///< as unknown, and ownership is checked
};

}  // namespace sagad::engine
