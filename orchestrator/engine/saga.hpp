#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/compact_vector.hpp"
#include "base/digest.hpp"
#include "base/moment.hpp"
#include "base/rare.hpp"
#include "base/rare_text.hpp"
#include "base/saga_id.hpp"
#include "definition/definition.hpp"
#include "engine/record.hpp"
#include "lifecycle/lifecycle.hpp"

namespace sagad::engine {

enum class action_state : std::uint8_t {
  idle,
  released,  ///< may have been called: in doubt until it is settled
  done,
  rejected,  ///< had and will have no effect
  given_up,  ///< never sent
  skipped,   ///< done by hand; undone like a step in doubt
  skipped_without_effect,
  passed_over,  ///< by its `when`: never called, never undone
};

enum class undo_state : std::uint8_t { idle, released, done };

struct step_state {
  action_state action = action_state::idle;
  undo_state undo = undo_state::idle;
  bool contradicted = false;
  bool undo_contradicted = false;
  std::uint32_t generation = 0;  ///< the action's
  std::uint32_t undo_generation = 0;
  std::uint16_t attempts = 0;  ///< of the action, ended; saturates
  std::uint16_t undo_attempts = 0;
};

/// A released operation that is not settled.
struct open_operation {
  operation_id operation;
  bool accepted = false;
  bool blocked = false;
  bool any_byte = false;  ///< some attempt's request was at least partly written
  bool in_doubt = false;  ///< some attempt, over all generations, ended unknown or lost
  bool unasked = false;   ///< lost at a restart and not asked since: the deadline waits for it
  cause last_error = cause::none;
  cause blocked_by = cause::none;
  std::uint16_t last_status = 0;
  std::uint32_t generation = 1;
  std::uint32_t attempt = 1;  ///< the number of the next request (or of the one under way)
  std::uint32_t tries = 0;    ///< that ended, sent or not: what backoff counts
  std::uint32_t spent = 0;    ///< attempts since the budget began
  millis released_at = 0;
  millis since = 0;       ///< when the budget began
  millis next_at = 0;     ///< not before
  millis late_until = 0;  ///< accepted: the end of the wait
  half_digest request;
  rare_text text;    ///< accepted: where to poll; else what the last error said, at most 256 bytes
  rare_text edited;  ///< replaces the rendered body when not empty
};

/// The slices of a saga, packed: raw JSON by slice_no. A slice inside another one takes no bytes of its own.
class slice_store {
 public:
  /// What it takes beside the slices for each of them.
  static constexpr std::size_t bytes_a_slice = 8;

  /// So many there are, none of them kept yet.
  void resize(std::size_t count);
  /// Keeps what is wanted of an input or a response, if it has it.
  void keep(const json::path_tree& wanted, std::string_view text);
  std::string_view get(definition::slice_no slice) const noexcept;
  std::size_t bytes() const noexcept { return block_.size(); }

 private:
  struct place {
    std::uint32_t at;  // in the block; 0: absent
    std::uint32_t size;
  };
  static_assert(sizeof(place) == bytes_a_slice);

  compact_vector<char> block_;  // the places by slice_no, then the slices
};

/// A command that was carried out: the same id again gives the first result. So many are remembered, the newest.
inline constexpr std::size_t commands_remembered_max = 1'000;

struct seen_command {
  digest id;  ///< SHA-256 of its id
  std::uint32_t seq = 0;
  command_name name = command_name::none;
  operation_id operation;  ///< as it was given
  millis at = 0;
  rare_text actor;   ///< of the last command only
  rare_text reason;  ///< of the last command only
};

/// The commands that a saga was given.
struct command_history {
  std::vector<seen_command> seen;  ///< the oldest first
  millis paused_at = 0;            ///< by the last `pause`
};

/// A saga as its records made it. A value; owned by one reactor. A million of them wait: what few have is behind one
/// pointer.
struct saga {
  saga_id id;
  definition::definition_ptr definition;
  std::uint32_t version = 0;  ///< of its definition; 0: inline
  std::uint32_t seq = 0;      ///< of its last record; 0: not started
  lifecycle::phase phase = lifecycle::phase::forward;
  bool forced = false;
  bool past_return = false;  ///< the point of no return was released
  cause turned_back_by = cause::none;
  step_no turned_back_at = 0;
  millis started = 0;
  millis changed = 0;
  millis deadline = 0;      ///< absolute; 0: none
  std::uint64_t epoch = 0;  ///< of the last `recovered`; 0: never
  compact_vector<step_state> steps;
  compact_vector<open_operation> open;
  slice_store slices;
  rare<command_history> commands;
  rare_text key;      ///< the client's name for the start
  rare_text labels;   ///< a JSON object of texts
  rare_text starter;  ///< who started it; empty: nobody is told apart
  rare_text why;      ///< what the participant said that turned it back
  rare_text output;   ///< of a completed one
  rare_text output_error;

  bool final() const noexcept { return lifecycle::is_final(phase); }
  /// Whether an operation is blocked that the saga still needs.
  bool stuck() const noexcept;
  /// Whether the operation is an action that was left behind when the saga turned back: never called again.
  bool abandoned(operation_id operation) const noexcept;
  const open_operation* find(operation_id operation) const noexcept;
  open_operation* find(operation_id operation) noexcept;
};

/// What people are shown: `running`, `compensating`, `stuck`, `paused`, or the final phase.
std::string_view shown_state(const saga& saga) noexcept;

/// The declared request of an operation; a compensation must exist.
const definition::operation& declared(const definition::definition& definition, operation_id operation);

}  // namespace sagad::engine
