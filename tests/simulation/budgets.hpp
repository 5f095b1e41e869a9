#pragma once

#include <cstdint>
#include <vector>

#include "engine/engine.hpp"

namespace sagad::simulation {

/// What became of the budgets of one saga's operations, counted from its records alone and not by the program's own
/// arithmetic. Throws violation where a budget ends before it is spent, or is spent and does not end; where a wait that
/// was asked for is not kept; where a deadline is judged before everybody was asked who was lost.
class budgets {
 public:
  /// A record, of a saga as it was before.
  void take(const engine::saga& before, const engine::record& record);

  /// A participant said in which time it wants to be asked again.
  void asked_to_wait(engine::operation_id operation, std::uint32_t attempt, millis wait_ms);

 private:
  struct budget {
    engine::operation_id operation;
    std::uint32_t attempts = 0;
    std::uint32_t tries = 0;
    millis since = 0;
    bool blocked = false;
    bool unasked = false;             ///< lost, and not asked since
    std::uint32_t asked_attempt = 0;  ///< the one whose answer asked for a wait
    millis asked_ms = 0;
  };

  budget* find(engine::operation_id operation) noexcept;
  void judge_try(const engine::saga& before, const engine::record& record, const engine::event& event, budget& of,
                 bool turned_back) const;
  void judge_deadline(const engine::saga& before, const engine::record& record) const;
  void resume(millis at);

  std::vector<budget> all_;
  millis paused_at_ = 0;
};

}  // namespace sagad::simulation
