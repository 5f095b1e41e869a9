// What apply does not take: records that no decision gives. Each saga that meets one is quarantined.
#include <gtest/gtest.h>

#include "engine/engine.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/played_saga.hpp"

namespace {

using sagad::definition::step_kind;
using sagad::engine::apply;
using sagad::engine::broken_invariant;
using sagad::engine::cause;
using sagad::engine::command_name;
using sagad::engine::event;
using sagad::engine::fact;
using sagad::engine::operation_id;
using sagad::engine::record;
using sagad::engine::verdict;
using sagad::lifecycle::phase;
using sagad::tests::action;
using sagad::tests::one_step;
using sagad::tests::played_saga;
using sagad::tests::sale;
using sagad::tests::started;
using sagad::tests::undo;

record next(const played_saga& saga) {
  record made;
  made.seq = saga.now().seq + 1;
  made.at = saga.moment.at;
  made.phase_after = saga.now().phase;
  return made;
}

void expect_refused(const played_saga& saga, const record& made) {
  auto copy = saga.now();
  EXPECT_THROW(apply(copy, made), broken_invariant);
}

void expect_refused(const played_saga& saga, fact what, operation_id operation) {
  auto made = next(saga);
  auto& event = made.events.emplace_back();
  event.what = what;
  event.operation = operation;
  expect_refused(saga, made);
}

TEST(apply, takes_records_only_in_their_order) {
  const auto saga = started(sale());
  auto made = next(saga);
  made.seq += 1;
  expect_refused(saga, made);
  made.seq -= 2;
  expect_refused(saga, made);
}

TEST(apply, takes_a_start_first_and_only_then) {
  auto saga = started(sale());
  expect_refused(saga, fact::started, {});
  played_saga fresh(sale().build());
  auto made = next(fresh);
  expect_refused(fresh, made);
}

TEST(apply, takes_no_start_of_another_definition) {
  played_saga saga(sale().build());
  auto made = next(saga);
  auto& event = made.events.emplace_back();
  event.what = fact::started;
  event.content = sagad::digest_of("another");
  expect_refused(saga, made);
}

TEST(apply, takes_nothing_about_an_operation_that_is_not_open) {
  const auto saga = started(sale());
  for (auto what : {fact::done, fact::rejected, fact::given_up, fact::accepted, fact::failed, fact::withheld,
                    fact::renewed, fact::blocked, fact::freed, fact::edited, fact::lost, fact::skipped}) {
    expect_refused(saga, what, action(1));
    expect_refused(saga, what, action(200));
  }
  expect_refused(saga, fact::undone, undo(0));
}

TEST(apply, takes_nothing_about_a_step_that_is_not_there) {
  const auto saga = started(sale());
  expect_refused(saga, fact::contradicted, action(200));
  expect_refused(saga, fact::turned_back, action(200));
  expect_refused(saga, fact::enlisted, action(0));
}

TEST(apply, takes_a_rejection_of_what_was_never_open_only_when_it_could_not_be_rendered) {
  auto saga = started(sale());
  auto made = next(saga);
  auto& event = made.events.emplace_back();
  event.what = fact::rejected;
  event.operation = action(1);
  event.why = cause::rendering;
  auto copy = saga.now();
  EXPECT_NO_THROW(apply(copy, made));
  made.events[0].why = cause::rejected;
  expect_refused(saga, made);
}

TEST(apply, passes_over_only_a_step_that_has_not_begun) {
  const auto saga = started(sale());
  expect_refused(saga, fact::passed_over, action(0));
  expect_refused(saga, fact::passed_over, undo(1));
  expect_refused(saga, fact::passed_over, action(200));
  auto made = next(saga);
  auto& event = made.events.emplace_back();
  event.what = fact::passed_over;
  event.operation = action(1);
  auto copy = saga.now();
  EXPECT_NO_THROW(apply(copy, made));
  EXPECT_EQ(copy.steps[1].action, sagad::engine::action_state::passed_over);
}

TEST(apply, takes_no_release_that_cannot_be) {
  auto saga = started(sale());
  const auto release = [&](operation_id operation, std::uint32_t generation) {
    auto made = next(saga);
    made.released.push_back({operation, generation, {}});
    expect_refused(saga, made);
  };
  release(action(200), 1);
  release(action(0), 1);  // open, and of this generation
  release(undo(2), 1);    // a pivot has no compensation
  saga.answer(action(0), verdict::done);
  release(action(0), 2);  // it has ended
}

TEST(apply, takes_nothing_after_the_end) {
  played_saga saga(one_step(step_kind::compensatable).build());
  saga.start();
  saga.answer(action(0), verdict::done);
  expect_refused(saga, next(saga));
}

TEST(apply, never_lets_a_saga_go_forward_that_has_turned_back) {
  auto saga = started(sale());
  saga.command(command_name::cancel);
  for (auto after : {phase::forward, phase::paused_forward, phase::completed}) {
    auto made = next(saga);
    made.phase_after = after;
    expect_refused(saga, made);
  }
}

TEST(decide, gives_nothing_but_a_start_to_a_saga_that_has_not_started_and_no_second_one) {
  played_saga fresh(sale().build());
  EXPECT_THROW(fresh.give(sagad::engine::tick{}), broken_invariant);
  EXPECT_THROW(fresh.command(command_name::pause), broken_invariant);
  auto saga = started(sale());
  EXPECT_THROW(saga.start(), broken_invariant);
}

TEST(decide, gives_the_same_record_whenever_it_is_asked) {
  auto saga = started(sale());
  auto reply = saga.a_reply(action(0), verdict::unknown);
  const auto first = std::get<record>(sagad::engine::decide(saga.now(), reply, saga.moment));
  const auto second = std::get<record>(sagad::engine::decide(saga.now(), reply, saga.moment));
  EXPECT_EQ(first.events.at(0).at, second.events.at(0).at);
}

}  // namespace
