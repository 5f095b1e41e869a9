#include "tests/simulation/judge.hpp"

#include <optional>

namespace sagad::simulation {
namespace {

using engine::side;
using lifecycle::phase;

// When a step took effect and was undone, as places in the saga's effects. What is excused does not count, nor that it
// is undone.
struct effects {
  std::optional<std::size_t> done;
  std::optional<std::size_t> undone;
};

enum class excused : bool { count, count_not };

// Where what is excused does not count, its undoing does not either.
effects of_step(const std::vector<ledger::effect>& all, const std::string& step, excused ones) {
  effects found;
  bool counts = true;
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (all[at].step != step) continue;
    if (all[at].side == side::action) counts = ones == excused::count || !all[at].excused;
    if (counts) (all[at].side == side::action ? found.done : found.undone) = at;
  }
  return found;
}

void judge_completed(const engine::saga& saga, const std::vector<ledger::effect>& all) {
  const auto& steps = saga.definition->steps;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const auto found = of_step(all, steps[at].name, excused::count);
    const auto where = [&] { return saga.id.text() + " " + steps[at].name; };
    if (saga.steps[at].action == engine::action_state::passed_over) {
      if (found.done || found.undone) throw violation("I1: passed over, with an effect: " + where());
      continue;
    }
    if (!found.done) throw violation("I1: completed without an effect: " + where());
    if (found.undone) throw violation("I1: completed, and undone: " + where());
  }
}

void judge_compensated(const engine::saga& saga, const std::vector<ledger::effect>& all) {
  const auto& steps = saga.definition->steps;
  for (const auto& step : steps) {
    const auto found = of_step(all, step.name, excused::count_not);
    const auto where = [&] { return saga.id.text() + " " + step.name; };
    const bool harmless = step.kind == definition::step_kind::compensatable && !step.compensation;
    if (found.done && !found.undone && !harmless) throw violation("I2: compensated, and an effect stays: " + where());
    if (!found.undone) continue;
    step.ancestors.for_each([&](step_no before) {
      const auto earlier = of_step(all, steps[before].name, excused::count_not);
      if (earlier.undone && *earlier.undone < *found.undone) throw violation("I2: undone in forward order: " + where());
    });
  }
}

}  // namespace

void judge_final(const engine::saga& saga, const ledger& books) {
  const auto& all = books.of(saga.id);
  if (saga.phase == phase::completed) judge_completed(saga, all);
  if (saga.phase == phase::compensated) judge_compensated(saga, all);
}

void judge_end(const witnessed& of, const ledger& books) {
  const auto& saga = of.saga;
  if (!of.told_outcome.empty() && of.told_outcome != engine::shown_state(saga)) {
    throw violation("I4: the outcome that was told is not the one that stands: " + saga.id.text());
  }
  if (books.money() != 0) throw violation("I10: money was made or lost: " + std::to_string(books.money()));
  if (of.touched) return;
  judge_final(saga, books);
  for (const auto& effect : books.of(saga.id)) {
    if (effect.excused || accounted_for(saga, {*saga.definition->find(effect.step), effect.side}, effect.generation))
      continue;
    throw violation("I9: an effect that the records do not account for: " + saga.id.text() + " " + effect.step);
  }
}

bool accounted_for(const engine::saga& saga, engine::operation_id operation, std::uint32_t generation) {
  using engine::action_state;
  const auto& step = saga.steps[operation.step];
  if (operation.side == side::compensation) return generation <= step.undo_generation;
  const bool may_have_happened = step.action == action_state::done || step.action == action_state::released ||
                                 step.action == action_state::skipped;
  return may_have_happened && generation <= step.generation;
}

bool stuck_for_good(const engine::saga& saga, bool touched) {
  using engine::cause;
  bool any = false;
  for (const auto& open : saga.open) {
    if (saga.abandoned(open.operation)) continue;
    if (!open.blocked) return false;
    const bool refused = open.blocked_by == cause::refused || open.blocked_by == cause::differs ||
                         open.last_status == 410 || open.last_status == 412;
    const bool only_by_command = open.next_at == never && open.blocked_by == cause::rendering;
    const bool never_again = engine::declared(*saga.definition, open.operation).retry.stuck_retry_ms == 0;
    // A rejection without the barrier's promise, after an attempt whose end nobody knows: never believed.
    const bool not_believed = open.in_doubt && open.last_error == cause::rejected;
    if (!only_by_command && !never_again && !not_believed && !(touched && refused)) return false;
    any = true;
  }
  return any;
}

}  // namespace sagad::simulation
