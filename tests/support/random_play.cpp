#include "tests/support/random_play.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sagad::tests {
namespace {

using engine::action_state;
using engine::cause;
using engine::fact;
using engine::side;
using engine::undo_state;
using engine::verdict;

bool succeeded(action_state state) {
  return state == action_state::done || state == action_state::skipped ||
         state == action_state::skipped_without_effect || state == action_state::passed_over;
}

bool touched(const engine::saga& saga, step_no step) {
  const auto state = saga.steps[step].action;
  return saga.definition->steps[step].compensation &&
         (state == action_state::done || state == action_state::released || state == action_state::skipped);
}

}  // namespace

random_play::random_play(std::uint64_t seed) : random_(seed), seed_(seed), saga_(random_definition(random_)) {}

void random_play::run(int inputs) {
  saga_.start(chance(random_, 20) ? pick<millis>(random_, 1, 3000) : 0);
  check_releases(engine::saga{}, saga_.moment);
  check_end();
  for (int count = 0; count < inputs && !testing::Test::HasFailure(); ++count) one_input();
}

void random_play::one_input() {
  begin_calls();
  check_wake_up();
  const auto what = pick<int>(random_, 0, 99);
  if (what < 50) {
    answer_one();
  } else if (what < 72) {
    let_time_pass();
  } else if (what < 78) {
    late_answer();
  } else if (what < 83) {
    stray_answer();
  } else if (what < 91) {
    any_command();
  } else if (what < 94) {
    restart();
  } else if (what < 97) {
    withdraw_one();
  } else {
    refuse_to_send();
  }
}

// Where a call would begin, the bytes are not those that were recorded.
void random_play::refuse_to_send() {
  const auto operation = any_operation();
  const bool busy = std::any_of(exchanges_.begin(), exchanges_.end(),
                                [&](const engine::attempt_id& one) { return one.operation == operation; });
  if (!busy) give(engine::mismatch{operation});
}

void random_play::begin_calls() {
  for (const auto& wanted : saga_.outstanding().now) {
    if (wanted.what != engine::wanted::kind::call) continue;
    const auto& operation = wanted.attempt.operation;
    const bool busy = std::any_of(exchanges_.begin(), exchanges_.end(),
                                  [&](const engine::attempt_id& one) { return one.operation == operation; });
    if (busy || chance(random_, 30)) continue;
    auto& newest = last_written_[{operation.step, static_cast<int>(operation.side)}];
    EXPECT_GT(wanted.attempt.attempt, newest) << "an attempt's number goes out twice, seed " << seed_;
    exchanges_.push_back(wanted.attempt);
    seen_.push_back(wanted.attempt);
    (operation.side == side::action ? saga_.moment.open_actions : saga_.moment.open_compensations).set(operation.step);
  }
}

void random_play::close(engine::attempt_id attempt, bool written) {
  std::erase(exchanges_, attempt);
  const auto& operation = attempt.operation;
  (operation.side == side::action ? saga_.moment.open_actions : saga_.moment.open_compensations).clear(operation.step);
  auto& newest = last_written_[{operation.step, static_cast<int>(operation.side)}];
  if (written) newest = std::max(newest, attempt.attempt);
}

void random_play::answer_one() {
  if (exchanges_.empty()) return let_time_pass();
  engine::reply reply;
  reply.of = exchanges_[random_() % exchanges_.size()];
  reply.verdict = any_verdict();
  const auto& declared = engine::declared(*saga_.now().definition, reply.of.operation);
  if (reply.verdict == verdict::accepted && declared.late == definition::late_answer::none) {
    reply.verdict = verdict::misconfigured;
  }
  reply.why = cause::server_error;
  reply.status = pick<int>(random_, 200, 599);
  if (chance(random_, 10)) reply.retry_after_ms = pick<millis>(random_, 0, 100'000);
  if (reply.verdict == verdict::done) reply.body = "{\"n\":1}";
  reply.detail = "said";
  reply.location = "/jobs/1";
  close(reply.of, reply.verdict != verdict::not_sent);
  give(reply);
}

// An answer that nobody can still owe, or a second one.
void random_play::stray_answer() {
  engine::reply reply;
  reply.of.operation = any_operation();
  reply.of.generation = pick<std::uint16_t>(random_, 0, 3);
  reply.of.attempt = pick<std::uint32_t>(random_, 0, 5);
  if (!seen_.empty() && chance(random_, 70)) reply.of = seen_[random_() % seen_.size()];
  if (std::find(exchanges_.begin(), exchanges_.end(), reply.of) != exchanges_.end()) return;
  const auto* open = saga_.now().find(reply.of.operation);
  // A request not yet sent is answered by nobody.
  if (open != nullptr && open->generation == reply.of.generation && open->attempt <= reply.of.attempt) return;
  reply.verdict = any_verdict();
  reply.body = "{}";
  give(reply);
}

void random_play::late_answer() {
  engine::reply reply;
  reply.of.operation = any_operation();
  const auto* open = saga_.now().find(reply.of.operation);
  reply.of.generation = open != nullptr ? open->generation : pick<std::uint16_t>(random_, 1, 2);
  reply.of.attempt = open != nullptr ? open->attempt : 1;
  reply.late = true;
  const verdict choices[] = {verdict::done, verdict::rejected, verdict::rejected_bare, verdict::unknown};
  reply.verdict = choices[random_() % 4];
  reply.why = reply.verdict == verdict::unknown ? cause::said_failed : cause::none;
  reply.body = "{}";
  give(reply);
}

void random_play::any_command() {
  auto command = saga_.a_command(static_cast<engine::command_name>(pick<int>(random_, 1, 8)));
  if (!command_ids_.empty() && chance(random_, 10)) {
    command.id = command_ids_[random_() % command_ids_.size()];
    EXPECT_FALSE(give(command)) << "a command is carried out twice, seed " << seed_;
    return;
  }
  if (command.name == engine::command_name::resolve && chance(random_, 80)) return;
  command.has_operation = chance(random_, 80);
  command.side_given = chance(random_, 50);
  command.operation = any_operation();
  command.force = chance(random_, 30);
  command.nothing_happened = chance(random_, 50);
  command.body = chance(random_, 80) ? "{\"edited\":true}" : "";
  if (chance(random_, 20)) command.if_seq = saga_.now().seq - (chance(random_, 50) ? 0 : 1);
  const bool outdated = command.if_seq != 0 && command.if_seq != saga_.now().seq;
  const bool carried_out = give(command);
  EXPECT_FALSE(outdated && carried_out) << "seed " << seed_;
  if (carried_out) command_ids_.emplace_back(command.id);
}

void random_play::restart() {
  for (const auto& attempt : std::vector(exchanges_)) close(attempt, chance(random_, 50));
  give(engine::recovery{++epoch_});
}

// A held call is taken back: no byte was written, and time alone goes on.
void random_play::withdraw_one() {
  if (exchanges_.empty()) return;
  close(exchanges_[random_() % exchanges_.size()], false);
  give(engine::tick{});
}

void random_play::let_time_pass() {
  const auto wake_at = saga_.outstanding().wake_at;
  if (wake_at != never && chance(random_, 60)) {
    saga_.moment.at = std::max(saga_.moment.at, wake_at);
  } else {
    saga_.moment.at += pick<millis>(random_, 0, 2000);
  }
  for (std::size_t ticks = 0; saga_.outstanding().wake_at <= saga_.moment.at; ++ticks) {
    if (!give(engine::tick{})) {
      ADD_FAILURE() << "its time has come and nothing is to be done, seed " << seed_;
      return;
    }
    ASSERT_LT(ticks, 20U) << "it wakes up again and again, seed " << seed_;
  }
}

engine::operation_id random_play::any_operation() {
  const auto& saga = saga_.now();
  if (!saga.open.empty() && chance(random_, 80)) return saga.open[random_() % saga.open.size()].operation;
  return {static_cast<step_no>(random_() % saga.definition->steps.size()),
          chance(random_, 50) ? side::action : side::compensation};
}

engine::verdict random_play::any_verdict() {
  if (chance(random_, 45)) return verdict::done;
  return static_cast<verdict>(pick<int>(random_, 0, static_cast<int>(verdict::stale)));
}

bool random_play::give(const engine::input& input) {
  const auto before = saga_.now();
  const auto moment = saga_.moment;
  bool recorded = false;
  try {
    recorded = saga_.give(input);
  } catch (const engine::broken_invariant& broken) {
    ADD_FAILURE() << broken.what() << ", seed " << seed_;
    return false;
  }
  if (recorded) check_before(before, moment);
  return recorded;
}

void random_play::check_before(const engine::saga& before, const engine::moment& moment) {
  EXPECT_FALSE(before.final()) << "something happens after the end, seed " << seed_;
  EXPECT_EQ(saga_.now().seq, before.seq + 1);
  check_releases(before, moment);
  check_turn(before);
  check_end();
}

void random_play::check_releases(const engine::saga& before, const engine::moment& moment) {
  const auto& saga = saga_.now();
  for (const auto& release : saga_.last().released) {
    const auto step = release.operation.step;
    const auto& declared = saga.definition->steps[step];
    if (before.seq != 0 && before.find(release.operation) != nullptr) continue;  // a new generation
    if (release.operation.side == side::action) {
      EXPECT_FALSE(lifecycle::is_backward(saga.phase)) << "an action begins on the way back, seed " << seed_;
      declared.ancestors.for_each([&](step_no earlier) {
        EXPECT_TRUE(succeeded(saga.steps[earlier].action)) << "released too early, seed " << seed_;
      });
      continue;
    }
    EXPECT_TRUE(touched(saga, step)) << "undone without having been done, seed " << seed_;
    EXPECT_FALSE(moment.open_actions.test(step)) << "its own action is still open, seed " << seed_;
    declared.descendants.for_each([&](step_no afterwards) {
      EXPECT_FALSE(moment.open_actions.test(afterwards)) << "a later action is still open, seed " << seed_;
      EXPECT_TRUE(!touched(saga, afterwards) || saga.steps[afterwards].undo == undo_state::done)
          << "undone before a step that ran after it, seed " << seed_;
    });
  }
}

void random_play::check_turn(const engine::saga& before) {
  const auto& saga = saga_.now();
  if (lifecycle::is_backward(before.phase)) {
    EXPECT_FALSE(saga.phase == lifecycle::phase::forward || saga.phase == lifecycle::phase::paused_forward ||
                 saga.phase == lifecycle::phase::completed)
        << "it turned round again, seed " << seed_;
  }
  for (const auto& event : saga_.last().events) {
    if (event.what != fact::turned_back || !before.past_return || saga.forced) continue;
    const auto pivot = saga.definition->pivot;
    ASSERT_TRUE(pivot) << "nothing turns back past the first retriable action, seed " << seed_;
    const auto state = saga.steps[*pivot].action;
    EXPECT_TRUE(state == action_state::rejected || state == action_state::given_up)
        << "turned back past the point of no return, seed " << seed_;
  }
}

void random_play::check_end() {
  const auto& saga = saga_.now();
  for (std::size_t at = 0; at < saga.steps.size(); ++at) {
    const auto step = static_cast<step_no>(at);
    if (saga.phase == lifecycle::phase::completed) {
      EXPECT_TRUE(succeeded(saga.steps[step].action)) << "completed without step " << at << ", seed " << seed_;
      EXPECT_EQ(saga.steps[step].undo, undo_state::idle) << "completed and undone, seed " << seed_;
    }
    if (saga.steps[step].action == action_state::passed_over) {
      EXPECT_FALSE(saga_.is_open(action(step)) || saga_.is_open(undo(step)))
          << "passed over and called, seed " << seed_;
      EXPECT_EQ(saga.steps[step].undo, undo_state::idle) << "passed over and undone, seed " << seed_;
    }
    if (saga.phase == lifecycle::phase::compensated) {
      EXPECT_TRUE(!touched(saga, step) || saga.steps[step].undo == undo_state::done)
          << "compensated with step " << at << " left, seed " << seed_;
    }
  }
  if (saga.phase == lifecycle::phase::compensated) {
    EXPECT_FALSE(saga.forced) << "seed " << seed_;
  }
  if (saga.final()) {
    EXPECT_EQ(saga_.outstanding().wake_at, never);
    EXPECT_TRUE(saga_.outstanding().now.empty());
  }
}

void random_play::check_wake_up() {
  const auto& saga = saga_.now();
  const auto work = saga_.outstanding();
  const bool awake = !work.now.empty() || work.wake_at != never || saga.stuck() || !exchanges_.empty();
  EXPECT_TRUE(saga.final() || lifecycle::is_paused(saga.phase) || awake) << "nothing will wake it, seed " << seed_;
}

void random_play::finish() {
  for (int rounds = 0; !saga_.now().final() && rounds < 2000 && !testing::Test::HasFailure(); ++rounds) {
    if (!finish_round()) break;
  }
  if (testing::Test::HasFailure()) return;
  EXPECT_TRUE(saga_.now().final()) << "it does not end (" << saga_.shown() << "), seed " << seed_;
}

bool random_play::finish_round() {
  if (lifecycle::is_paused(saga_.now().phase)) return give(saga_.a_command(engine::command_name::resume));
  for (const auto& attempt : std::vector(exchanges_)) {
    engine::reply reply;
    reply.of = attempt;
    reply.verdict = verdict::done;
    reply.body = "{}";
    close(attempt, true);
    give(reply);
    if (saga_.now().final()) return true;
  }
  const auto work = saga_.outstanding();
  for (const auto& wanted : work.now) {
    engine::reply reply;
    reply.of = wanted.attempt;
    reply.verdict = verdict::done;
    reply.body = "{}";
    reply.late = wanted.what == engine::wanted::kind::poll;
    if (!reply.late) close(reply.of, true);
    return give(reply);
  }
  if (work.wake_at != never) {
    let_time_pass();
    return true;
  }
  for (const auto& open : saga_.now().open) {
    if (!open.blocked || saga_.now().abandoned(open.operation)) continue;
    auto command = saga_.a_command(engine::command_name::skip);
    command.has_operation = command.side_given = true;
    command.operation = open.operation;
    return give(command);
  }
  return false;
}

}  // namespace sagad::tests
