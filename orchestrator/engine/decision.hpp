#pragma once

#include <boost/container/small_vector.hpp>
#include <string>
#include <string_view>

#include "engine/engine.hpp"
#include "engine/slice_values.hpp"

namespace sagad::engine {

/// A record being decided: the saga as it was, and over it what this input has changed so far. Lives for one decision.
class deciding {
 public:
  deciding(const saga& saga, const moment& moment);

  const engine::saga& before() const noexcept { return saga_; }
  const moment& now() const noexcept { return moment_; }
  const definition::definition& definition() const noexcept { return *saga_.definition; }

  event& note(fact what, operation_id operation = {});

  /// The phase as this decision has made it.
  lifecycle::phase phase() const noexcept { return record_.phase_after; }
  bool past_return() const noexcept { return past_return_; }
  bool must_succeed(operation_id operation) const noexcept;

  /// Asks the lifecycle; an illegal move is a broken invariant.
  void move(lifecycle::trigger trigger);
  void turn_back(cause why, step_no because_of, std::string_view detail, bool forced = false);

  void settle(operation_id operation, action_state state);
  void learn(step_no step, std::string_view response);
  void learn_input(std::string_view text);
  void end_lateness(operation_id operation);

  /// Whether the operation is an action and the saga goes backward, as this decision has made it.
  bool abandoned(operation_id operation) const noexcept;

  /// Begins a new generation of an open operation. False: it could not be rendered and is blocked.
  bool renew(const open_operation& open, std::string_view edited);

  /// Releases what may now be called, turns back at the deadline, finishes: whatever follows from the state so far.
  void advance();

  decision take();

 private:
  void advance_forward();
  void advance_backward();
  bool deadline_turns_back();
  /// What comes of a step whose turn has come. `released`, too, when it could not be rendered and is blocked.
  enum class turn : std::uint8_t { released, passed_over, turned_back };
  turn begin_action(step_no step);
  turn release(operation_id operation, std::optional<std::string> error);
  std::optional<std::string> render(operation_id operation);
  bool release_ready(step_set& successful, std::size_t released_before);
  void finish_forward();
  bool any_unasked() const noexcept;
  std::string_view keep(std::string text);
  /// Sets the content of what was just rendered, and hands it on with the record.
  void keep_request(engine::release& of);
  void block_unrendered(operation_id operation, std::string error);

  const saga& saga_;
  const moment& moment_;
  record record_;
  boost::container::small_vector<step_state, 8> steps_;
  bool past_return_ = false;
  step_set asked_;  // lost steps that this input has heard of
  slice_values values_;
  request rendered_;
};

/// Whether an operation whose budget is spent is blocked, as neither way is safe or there is only one; else the saga
/// turns back. `any_byte`: some request of it was at least partly written.
bool blocks_when_spent(const definition::definition& definition, operation_id operation, bool any_byte) noexcept;

/// The retry budget at the end of a try: what the table says for the operation's kind of step.
void end_try(deciding& deciding, const open_operation& open, verdict verdict, const reply& reply);

decision decide_reply(const saga& saga, const reply& reply, const moment& moment);
decision decide_command(const saga& saga, const command& command, const moment& moment);

inline refusal nothing() {
  return {refusal::kind::nothing, 0, {}};
}
inline refusal refused(problem_code code, std::string detail) {
  return {refusal::kind::refused, 0, {code, std::move(detail)}};
}

/// What is kept of what a participant said when a try failed.
inline constexpr std::size_t detail_bytes_max = 256;

/// For people: `transfer's action`.
std::string describe(const definition::definition& definition, operation_id operation);

}  // namespace sagad::engine
