#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/step_set.hpp"
#include "engine/answer.hpp"
#include "engine/operation.hpp"
#include "engine/record.hpp"

namespace sagad::engine {

/// When an input is decided, and what the world looks like: values, so that the same decision can be made again.
struct moment {
  millis at = 0;
  step_set open_actions;  ///< steps whose action's exchange is under way; the one that a reply ends is no longer
  step_set open_compensations;
  millis open_until = 0;  ///< when the last of them times out, for people
};

/// A client's start. Everything was checked: JSON, schema, key.
struct start {
  std::string_view input;
  std::string_view key;
  std::string_view labels;    ///< JSON object or empty
  std::string_view actor;     ///< who starts it; empty: nobody is told apart
  std::uint32_t version = 0;  ///< of the definition; 0: inline
  millis deadline_ms = 0;     ///< relative; 0: the definition's
};

/// An attempt's end, a poll's, or a late answer: all name what they answer.
struct reply {
  attempt_id of;
  engine::verdict verdict = verdict::unknown;
  cause why = cause::none;  ///< for verdicts that are no answer
  int status = 0;
  std::optional<millis> retry_after_ms;
  std::string_view body;      ///< done: JSON
  std::string_view detail;    ///< for people
  std::string_view location;  ///< accepted
  bool late = false;  ///< came by callback or poll: an outcome counts whatever the attempt, a failure only while the
                      ///< attempt is awaited or under way
};

/// A new owner's first word about a saga.
struct recovery {
  std::uint64_t epoch = 0;
};

/// Time alone.
struct tick {};

/// The rendered bytes are not those whose digest was recorded; they were not sent.
struct mismatch {
  operation_id operation;
};

struct command {
  command_name name = command_name::none;
  std::string_view id;
  std::string_view actor;
  std::string_view reason;
  std::uint32_t if_seq = 0;  ///< 0: whatever
  bool has_operation = false;
  operation_id operation;   ///< of retry, edit, skip
  bool side_given = false;  ///< else: whichever of the step's operations is open
  bool force = false;
  bool nothing_happened = false;
  std::string_view body;  ///< edit: the new request body; skip: the stand-in response; JSON
};

using input = std::variant<start, reply, recovery, tick, mismatch, command>;

}  // namespace sagad::engine
