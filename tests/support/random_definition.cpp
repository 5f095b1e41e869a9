#include "tests/support/random_definition.hpp"

#include <algorithm>

#include "tests/support/definitions.hpp"

namespace sagad::tests {
namespace {

using definition::step_kind;

step_set some_of(random_source& random, const step_set& steps) {
  step_set chosen;
  steps.for_each([&](step_no step) {
    if (chance(random, 35)) chosen.set(step);
  });
  return chosen;
}

// Only what must succeed may be tried without an end.
void vary(random_source& random, definition::operation& operation, bool must_succeed) {
  operation.timeout_ms = pick<millis>(random, 10, 500);
  operation.retry.attempts_max = pick<std::uint32_t>(random, 0, 3);
  operation.retry.elapsed_ms = must_succeed && chance(random, 50) ? 0 : pick<millis>(random, 1, 3000);
  operation.retry.delay_ms = pick<millis>(random, 1, 100);
  operation.retry.delay_max_ms = pick<millis>(random, std::max<millis>(operation.retry.delay_ms, 10), 1000);
  operation.retry.stuck_retry_ms = chance(random, 30) ? 0 : pick<millis>(random, 1000, 5000);
  if (chance(random, 25)) {
    operation.late = chance(random, 50) ? definition::late_answer::poll : definition::late_answer::callback;
    operation.within_ms = pick<millis>(random, 1, 5000);
  }
}

// Most say no; a few cannot be judged.
definition::condition random_condition(random_source& random) {
  const auto what = pick<int>(random, 0, 9);
  return condition_of(what < 6 ? "1 > 2" : what < 9 ? "1 < 2" : "1 / 0 > 0");
}

// Those that nothing among them waits for.
step_set last_ones(definition_builder& builder, const step_set& steps) {
  step_set last;
  steps.for_each([&](step_no step) {
    if ((builder.step(step).descendants & steps).none()) last.set(step);
  });
  return last;
}

}  // namespace

definition::definition_ptr random_definition(random_source& random) {
  definition_builder builder;
  const auto steps = pick<int>(random, 1, 12);
  const auto compensatable = pick<int>(random, 0, steps);
  const bool pivot = compensatable < steps && chance(random, 60);
  step_set before;
  for (int at = 0; at < compensatable; ++at) {
    const auto step = builder.add(step_kind::compensatable, some_of(random, before));
    before.set(step);
    if (chance(random, 20)) builder.step(step).compensation.reset();
  }
  auto root = last_ones(builder, before);
  if (pivot) {
    const auto step = builder.add(step_kind::pivot, root | some_of(random, before));
    root = {};
    root.set(step);
  }
  step_set retriable;
  for (int at = compensatable + (pivot ? 1 : 0); at < steps; ++at) {
    auto after = some_of(random, retriable);
    if (after.none()) after = root;
    retriable.set(builder.add(step_kind::retriable, after));
  }
  for (int at = 0; at < steps; ++at) {
    auto& step = builder.step(static_cast<step_no>(at));
    vary(random, step.action, step.kind == step_kind::retriable);
    if (step.compensation) vary(random, *step.compensation, true);
    if (step.kind != step_kind::pivot && chance(random, 20)) step.when = random_condition(random);
  }
  if (chance(random, 40)) builder.whole().deadline_ms = pick<millis>(random, 1, 5000);
  return builder.build();
}

}  // namespace sagad::tests
