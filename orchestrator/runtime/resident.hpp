#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/problem.hpp"
#include "base/rare.hpp"
#include "base/unique_function.hpp"
#include "engine/engine.hpp"
#include "journal/journal.hpp"
#include "runtime/request.hpp"
#include "runtime/timer_heap.hpp"

namespace sagad::runtime {

/// What a caller is told of a saga: made on the saga's own thread, handed on as a value.
struct saga_answer {
  saga_id id;
  std::string state;  ///< as shown: running, stuck, completed, ...
  std::string body;   ///< the whole answer as JSON
  bool final = false;
  bool repeated = false;  ///< the start, or the command, was carried out before
  std::uint32_t seq = 0;
  journal::position position = 0;  ///< of its newest record; 0: not known
};

/// The start's key stands for a saga already.
struct key_taken {
  saga_id held_by;
  bool same_request = false;
};

/// A problem, with the saga's id where there is one to ask for.
struct failed_start {
  sagad::problem problem;
  std::optional<saga_id> id;
};

using start_result = std::variant<saga_answer, key_taken, failed_start>;
using answer_result = std::variant<saga_answer, sagad::problem>;

/// What was handed on to the node that has the saga is kept, and not answered yet: it will be, whoever waits.
struct not_answered_yet {};
using command_result = std::variant<saga_answer, sagad::problem, not_answered_yet>;

struct resident;

/// Somebody who is told when a record is durable, or when the saga is final, or in time with where it is.
struct waiter : timed {
  resident* of = nullptr;
  journal::ticket ticket = 0;  ///< told once this is durable ...
  bool until_final = false;    ///< ... and, if so asked, the saga is final
  gone_flag client_gone;
  unique_function<void(start_result)> tell;
};

/// Somebody who waits for a saga that another node may have by now. Whoever takes them over tells them, once.
struct moved_waiter {
  saga_id id;
  millis patience_ms = 0;  ///< how long they wait for its end yet; 0: they are told where it is
  gone_flag client_gone;
  unique_function<void(start_result)> tell;
};

/// A call or poll that dispatch has.
struct under_way {
  engine::attempt_id attempt;
  engine::wanted::kind what = engine::wanted::kind::call;
  std::uint64_t tag = 0;
};

/// When an accepted operation is next polled. Polls are neither attempts nor records.
struct poll_plan {
  engine::operation_id operation;
  millis next_at = 0;
};

/// What goes on around a saga.
struct activity {
  boost::container::small_vector<under_way, 2> calls;
  std::vector<poll_plan> polls;
  boost::container::small_vector<std::unique_ptr<waiter>, 1> waiters;
};

/// A saga in memory, and what the process knows of it beside its records. Owned by its core.
struct resident : timed {
  std::uint32_t queued = 0;  ///< entries in the gate's queue
  engine::saga saga;
  journal::position position = 0;  ///< of its newest record
  journal::ticket newest = 0;      ///< the gate: what rests on its newest record waits for this
  bool quarantined = false;
  bool vanished = false;      ///< its start was not written, or it has another owner: goes once the queue has passed
  bool closed = false;        ///< an exchange closed on the way back without a record: an undo may have waited for it
  bool counted = false;       ///< its end is in the counters
  bool overdue_told = false;  ///< somebody was told that an operation takes longer than `alert_after`
  bool urgent = false;        ///< a person wants its calls to go out now: they may probe an open circuit
  rare<activity> active;

  /// Lets go of what only a saga needs around which something goes on: one that waits for days has none of it.
  void rest() noexcept {
    if (active->calls.empty() && active->polls.empty() && active->waiters.empty()) active.drop();
  }
};

// With its id and its link in the core's map it fills a piece of 256 bytes: a little more, and a million of them take
// 60 MiB more.
static_assert(sizeof(resident) <= 232);

}  // namespace sagad::runtime
