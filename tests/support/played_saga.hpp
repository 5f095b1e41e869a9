#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.hpp"
#include "tests/support/definitions.hpp"

namespace sagad::tests {

/// A saga played input by input, the way the runtime does it: decide, write, apply. Each record goes through its bytes
/// into a second saga, which must be the same after every one (I8): a difference is a failure of the test that plays.
class played_saga {
 public:
  static constexpr millis t0 = 1'700'000'000'000;

  explicit played_saga(definition::definition_ptr definition,
                       const saga_id& id = saga_id::make(t0, 7, 0x0123456789ABCDEF));

  const engine::saga& now() const noexcept { return saga_; }
  /// The clock and the open exchanges: set by whoever plays.
  engine::moment moment;

  /// Decides and, if a record comes of it, applies it. True: a record.
  bool give(const engine::input& input);
  void start(millis deadline_ms = 0);
  bool tick_at(millis at);

  /// The answer to the current attempt of an operation; its exchange is closed before.
  bool answer(engine::operation_id operation, engine::verdict verdict, engine::cause why = engine::cause::none);
  /// A callback with the current generation.
  bool call_back(engine::operation_id operation, engine::verdict verdict);
  bool command(engine::command_name name, bool force = false);
  bool command_on(engine::command_name name, engine::operation_id operation, std::string_view body = {},
                  bool nothing_happened = false);
  /// The command that the two above give, to be changed before it is given. Its id is a new one.
  engine::command a_command(engine::command_name name);
  engine::reply a_reply(engine::operation_id operation, engine::verdict verdict) const;

  /// What the last input was answered with; meaningful after `give` was false.
  const engine::refusal& refusal() const noexcept { return refusal_; }
  bool was_refused(problem_code code) const;

  const engine::record& last() const;
  const std::vector<engine::record>& records() const noexcept { return records_; }

  /// `done s0/action | rejected s1/action why`: the last record's events, for comparison.
  std::string events() const;
  /// `s1/action s2/compensation`: what the last record released.
  std::string released() const;

  const engine::open_operation& open(engine::operation_id operation) const;
  bool is_open(engine::operation_id operation) const { return saga_.find(operation) != nullptr; }
  engine::work outstanding() const { return engine::outstanding(saga_, moment.at); }
  std::string_view shown() const { return engine::shown_state(saga_); }

 private:
  void check_requests(const engine::record& record);
  void check_replay(const engine::record& record);

  engine::saga saga_;
  engine::saga replayed_;
  engine::refusal refusal_;
  std::deque<std::string> kept_;         // what views point to: never moved
  std::vector<engine::record> records_;  // as read back from their bytes
  int commands_ = 0;
};

inline constexpr auto t0 = played_saga::t0;

/// A saga whose first record is there.
inline played_saga started(definition::definition_ptr definition, millis deadline_ms = 0) {
  played_saga saga(std::move(definition));
  saga.start(deadline_ms);
  return saga;
}
inline played_saga started(const definition_builder& builder, millis deadline_ms = 0) {
  return started(builder.build(), deadline_ms);
}

inline engine::operation_id action(step_no step) {
  return {step, engine::side::action};
}
inline engine::operation_id undo(step_no step) {
  return {step, engine::side::compensation};
}

}  // namespace sagad::tests
