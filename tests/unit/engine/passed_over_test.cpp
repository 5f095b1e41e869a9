// Steps with a `when`: judged when their turn has come, passed over where it says no.
#include <gtest/gtest.h>

#include "records/codec.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/load_definition.hpp"
#include "tests/support/played_saga.hpp"

namespace {

using sagad::definition::step_kind;
using sagad::engine::action_state;
using sagad::engine::cause;
using sagad::engine::command_name;
using sagad::engine::fact;
using sagad::engine::undo_state;
using sagad::engine::verdict;
using sagad::lifecycle::phase;
using sagad::tests::action;
using sagad::tests::condition_of;
using sagad::tests::definition_builder;
using sagad::tests::load_definition;
using sagad::tests::played_saga;
using sagad::tests::sale;
using sagad::tests::started;
using sagad::tests::undo;

TEST(when, that_says_no_lets_the_steps_after_it_begin_in_the_same_record) {
  auto builder = sale();
  builder.step(0).when = condition_of("false");
  const auto saga = started(builder);
  EXPECT_EQ(saga.events(), "started | passed_over s0/action");
  EXPECT_EQ(saga.released(), "s1/action");
  EXPECT_EQ(saga.now().steps[0].action, action_state::passed_over);
}

TEST(when, that_says_yes_changes_nothing) {
  auto builder = sale();
  builder.step(0).when = condition_of("true");
  const auto saga = started(builder);
  EXPECT_EQ(saga.events(), "started");
  EXPECT_EQ(saga.released(), "s0/action");
}

TEST(when, is_judged_only_when_the_steps_turn_has_come) {
  auto builder = sale();
  builder.step(1).when = condition_of("1 / 0 > 0");
  auto saga = started(builder);
  EXPECT_EQ(saga.events(), "started");
  saga.answer(action(0), verdict::done);
  EXPECT_EQ(saga.now().turned_back_by, cause::rendering);
}

TEST(a_step_that_was_passed_over, is_never_undone) {
  auto builder = sale();
  builder.step(1).when = condition_of("false");
  auto saga = started(builder);
  saga.answer(action(0), verdict::done);
  EXPECT_EQ(saga.released(), "s2/action");
  saga.answer(action(2), verdict::rejected);
  EXPECT_EQ(saga.released(), "s0/compensation");
  saga.answer(undo(0), verdict::done);
  EXPECT_EQ(saga.now().phase, phase::compensated);
  EXPECT_EQ(saga.now().steps[1].undo, undo_state::idle);
}

TEST(a_step_that_was_passed_over, takes_no_command) {
  auto builder = sale();
  builder.step(0).when = condition_of("false");
  auto saga = started(builder);
  for (const auto name : {command_name::retry, command_name::edit, command_name::skip}) {
    EXPECT_FALSE(saga.command_on(name, action(0), "{}"));
    EXPECT_TRUE(saga.was_refused(sagad::problem_code::state_refuses));
  }
}

TEST(steps_that_are_all_passed_over, complete_the_saga_in_its_first_record) {
  definition_builder builder;
  builder.add(step_kind::compensatable);
  builder.add(step_kind::retriable, {0});
  builder.step(0).when = builder.step(1).when = condition_of("1 > 2");
  const auto saga = started(builder);
  EXPECT_EQ(saga.events(), "started | passed_over s0/action | passed_over s1/action | finished");
  EXPECT_EQ(saga.now().phase, phase::completed);
}

TEST(retriable_steps_that_are_passed_over, are_no_point_of_no_return) {
  definition_builder builder;
  builder.add(step_kind::compensatable);
  builder.add(step_kind::retriable, {0});
  builder.add(step_kind::retriable, {1});
  builder.step(1).when = condition_of("false");
  auto saga = started(builder);
  EXPECT_FALSE(saga.now().past_return);
  saga.answer(action(0), verdict::done);
  EXPECT_EQ(saga.released(), "s2/action");
  EXPECT_TRUE(saga.now().past_return);
}

TEST(a_when_that_cannot_be_judged, rejects_a_compensatable_step) {
  auto builder = sale();
  builder.step(1).when = condition_of("1 / 0 > 0");
  auto saga = started(builder);
  saga.answer(action(0), verdict::done);
  EXPECT_EQ(saga.now().turned_back_by, cause::rendering);
  EXPECT_EQ(saga.now().why.view(), "`1 / 0 > 0`: a division by zero");
  EXPECT_EQ(saga.now().steps[1].action, action_state::rejected);
  EXPECT_EQ(saga.released(), "s0/compensation");
}

TEST(a_when_that_cannot_be_judged, blocks_a_retriable_step_until_somebody_decides) {
  definition_builder builder;
  builder.add(step_kind::retriable);
  builder.step(0).when = condition_of("1 / 0 > 0");
  auto saga = started(builder);
  EXPECT_TRUE(saga.open(action(0)).blocked);
  EXPECT_EQ(saga.open(action(0)).blocked_by, cause::rendering);
  EXPECT_FALSE(saga.command_on(command_name::retry, action(0)));
  EXPECT_TRUE(saga.command_on(command_name::edit, action(0), R"({"a":1})"));
  EXPECT_TRUE(saga.answer(action(0), verdict::done));
  EXPECT_EQ(saga.now().phase, phase::completed);
}

// The chain is written from the back: every step waits for one that is written after it.
TEST(as_many_steps_as_there_may_be, are_passed_over_in_one_record) {
  std::string text = "input: {type: object}\nsteps:\n";
  for (int step = 0; step < 256; ++step) {
    text += "- {step: s" + std::to_string(step) + ", after: [" + (step < 255 ? "s" + std::to_string(step + 1) : "") +
            "], participant: p, when: '${input.n > " + std::to_string(step) +
            "}', action: {post: /a}, compensation: none}\n";
  }
  played_saga saga(load_definition(text));
  sagad::engine::start start;
  start.input = R"({"n":0})";
  saga.give(start);
  EXPECT_EQ(saga.now().phase, phase::completed);
  EXPECT_EQ(saga.last().events.size(), 258U);
  std::string bytes;
  sagad::records::encode(saga.last(), bytes, sagad::newest_record_format());
  EXPECT_LT(bytes.size(), 2048U);
}

constexpr auto gift = R"(
steps:
  - {step: wrap, participant: p, when: "${input.gift}", action: {post: /wrap}, compensation: none}
  - step: send
    participant: p
    action: {post: /send, body: {wrapping: "${has(steps.wrap.response.id) ? steps.wrap.response.id : null}"}}
    compensation: {post: /unsend, body: {parcel: "${has(steps.send.response.id) ? steps.send.response.id : 'unknown'}"}}
  - {step: card, participant: p, after: [wrap], when: "${has(steps.wrap.response)}", compensation: none,
     action: {post: "/card/${steps.wrap.response.id}"}}
output: {card: "${has(steps.card.response)}"}
)";

sagad::engine::request rendered(const played_saga& saga, sagad::engine::operation_id operation) {
  sagad::engine::request out;
  EXPECT_EQ(sagad::engine::render(saga.now(), operation, out), std::nullopt);
  return out;
}

TEST(a_response_that_may_be_absent, is_read_where_it_is_there_and_asked_for_where_not) {
  const auto definition = load_definition(gift);
  played_saga wrapped(definition);
  played_saga plain(definition);
  sagad::engine::start start;
  start.input = R"({"gift":true})";
  wrapped.give(start);
  start.input = R"({"gift":false})";
  plain.give(start);
  auto reply = wrapped.a_reply(action(0), verdict::done);
  reply.body = R"({"id":"w-1"})";
  wrapped.give(reply);
  EXPECT_EQ(wrapped.released(), "s1/action s2/action");
  EXPECT_EQ(rendered(wrapped, action(1)).body, R"({"wrapping":"w-1"})");
  EXPECT_EQ(rendered(wrapped, action(2)).target, "/card/w-1");
  EXPECT_EQ(plain.events(), "started | passed_over s0/action | passed_over s2/action");
  EXPECT_EQ(rendered(plain, action(1)).body, R"({"wrapping":null})");
  plain.answer(action(1), verdict::done);
  EXPECT_EQ(plain.now().output.view(), R"({"card":false})");
}

TEST(a_compensation, says_what_it_does_without_its_own_steps_response) {
  const auto definition = load_definition(gift);
  played_saga saga(definition);
  sagad::engine::start start;
  start.input = R"({"gift":false})";
  saga.give(start);
  saga.command(command_name::compensate);
  EXPECT_EQ(saga.released(), "s1/compensation");
  EXPECT_EQ(rendered(saga, undo(1)).body, R"({"parcel":"unknown"})");
}

}  // namespace
