#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/moment.hpp"
#include "engine/answer.hpp"

/// Calling participants. This room reports facts; what they mean is decided in `engine`.
namespace sagad::dispatch {

using participant_no = std::uint16_t;

/// Three queues a participant: none may take more than 3/4 of its slots.
enum class lane : std::uint8_t { compensation = 0, must_succeed = 1, action = 2 };

/// One attempt of an operation, or one poll.
struct call {
  std::uint64_t tag = 0;  ///< comes back with the answer
  dispatch::participant_no participant = 0;
  dispatch::lane lane = lane::action;
  std::string method;
  std::string target;   ///< path with query, below one of the participant's path prefixes
  std::string headers;  ///< complete lines, each ending in CRLF, without Host, Content-Length and credentials
  std::string body;
  millis timeout_ms = 0;  ///< from the first byte written to the last one read
  /// A hold that has lasted so long ends as not_sent (the circuit's probe is offered first).
  millis hold_ms_max = never;
  /// A person wants it now: it may go out as an open circuit's probe before the circuit's time.
  bool urgent = false;
  /// Asked once more where its first byte is to be written, however long it was held: no, and nothing is. Empty: it
  /// may.
  std::function<bool()> may_go{};

  bool may_go_now() const { return !may_go || may_go(); }
};

using engine::ending;
using engine::outcome;

/// `Saga-Outcome` as a header says it; `unrecognized` for another word.
outcome parse_outcome(std::string_view text) noexcept;

/// What happened with a call.
struct answer {
  std::uint64_t tag = 0;
  ending how = ending::not_sent;
  bool withheld = false;  ///< not sent, because `call::may_go` said no at the first byte
  int status = 0;         ///< answered, unreadable
  dispatch::outcome outcome = outcome::absent;
  std::optional<millis> retry_after_ms;  ///< of a Retry-After in seconds or as a date, unbounded here
  std::string location;
  std::string body;  ///< of a 2xx: checked JSON (an empty body is `null`); of others: at most the first 2 KiB
  /// For people: "connection refused by 127.0.0.1:8101"; of a 2xx: what is wrong with its headers; of others: "escrow
  /// answered 500: the disk burns".
  std::string detail;
};

/// What a call that has not ended is doing.
struct standing {
  enum class stage : std::uint8_t { unknown, held, open } stage = stage::unknown;
  millis since = 0;      ///< held: since when; open: when its first byte was written
  millis times_out = 0;  ///< open
  std::string why;       ///< held: "no free slot", or "circuit open: " and what the newest call heard
  millis until = 0;      ///< held by an open circuit: when a call may go out to probe it; 0: a probe is under way
};

/// One reactor's way to call participants; one thread. Answers come back through the sink, never from within `begin`.
class caller {
 public:
  virtual ~caller() = default;

  virtual std::optional<participant_no> find(std::string_view participant) const = 0;

  /// Accepts the call; exactly one answer follows, unless it is withdrawn.
  virtual void begin(call request) = 0;

  /// Takes back a call that is still held: true, and no answer will come. False: a byte may have been written; the
  /// answer comes.
  virtual bool withdraw(std::uint64_t tag) = 0;

  virtual dispatch::standing look(std::uint64_t tag) const = 0;

  /// Before the first calls for sagas that this process comes to, after a recovery or a take-over: every participant is
  /// approached slowly, as one that has just come back.
  virtual void start_slowly() = 0;
};

}  // namespace sagad::dispatch
