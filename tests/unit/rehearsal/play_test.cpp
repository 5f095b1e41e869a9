#include <gmock/gmock.h>

#include "rehearsal/play.hpp"
#include "tests/unit/rehearsal/tried.hpp"

namespace sagad::rehearsal::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(play, calls_the_steps_in_order_with_what_the_engine_renders) {
  tried saga(order);
  saga.script.input = R"({"item":"sword","count":2})";
  saga.script.actions[0] = {answered(200, R"({"id":"r-1"})")};
  const auto played = saga.play();
  EXPECT_EQ(played.state, "completed");
  EXPECT_THAT(saga.calls(played), ElementsAre("reserve", "pay", "ship"));
  EXPECT_EQ(played.calls[0].method, "POST");
  EXPECT_EQ(played.calls[0].target, "/reserve");
  EXPECT_EQ(played.calls[0].body, R"({"count":2,"item":"sword"})");
  EXPECT_EQ(played.calls[1].body, R"({"reservation":"r-1"})");
  EXPECT_EQ(played.output, R"({"reservation":"r-1"})");
  EXPECT_EQ(played.took_ms, 0);
}

TEST(play, undoes_in_reverse_order_and_what_is_in_doubt_too) {
  tried saga(order);
  saga.script.actions[1] = {silent()};
  const auto played = saga.play();
  EXPECT_EQ(played.state, "compensated");
  EXPECT_THAT(saga.calls(played), ElementsAre("reserve", "pay x3", "undo pay", "undo reserve"));
  EXPECT_THAT(played.undone, ElementsAre(1, 0));
  // Three exchanges that time out after a second each, and the waits between them.
  EXPECT_GE(played.took_ms, 3000);
  EXPECT_EQ(played.turned_back->step, step_no{1});
  EXPECT_EQ(played.turned_back->why, engine::cause::budget_spent);
}

TEST(play, undoes_nothing_of_a_step_that_no_byte_of_reached) {
  tried saga(order);
  saga.script.actions[1] = {unreachable()};
  const auto played = saga.play();
  EXPECT_EQ(played.state, "compensated");
  EXPECT_THAT(played.undone, ElementsAre(0));
}

TEST(play, takes_the_answers_of_a_sequence_one_a_try_and_repeats_the_last) {
  tried saga(order);
  saga.script.actions[0] = {unreachable(), silent(), answered(200, R"({"id":"r-9"})")};
  const auto played = saga.play();
  EXPECT_EQ(played.state, "completed");
  EXPECT_THAT(saga.calls(played), ElementsAre("reserve x3", "pay", "ship"));
  EXPECT_EQ(played.calls[1].body, R"({"reservation":"r-9"})");
}

TEST(play, stops_where_only_a_person_or_another_answer_helps) {
  tried saga(order);
  saga.script.actions[2] = {silent()};
  const auto played = saga.play();
  EXPECT_EQ(played.state, "stuck");
  EXPECT_TRUE(played.past_return);
  ASSERT_EQ(played.stuck.size(), 1U);
  EXPECT_EQ(name_of(*saga.definition, played.stuck[0].operation), "ship");
  EXPECT_EQ(played.stuck[0].why, engine::cause::budget_spent);
}

TEST(play, goes_on_asking_what_is_stuck_while_the_script_has_other_answers) {
  tried saga(order);
  saga.script.actions[2].assign(200, silent());
  saga.script.actions[2].push_back(answer());
  const auto played = saga.play();
  EXPECT_EQ(played.state, "completed");
  EXPECT_EQ(played.find({2, engine::side::action})->tries, 201U);
}

TEST(play, breaks_off_a_saga_that_is_asked_for_ever) {
  tried saga(R"(
saga: patient
steps:
  - step: ship
    kind: retriable
    participant: p
    action: {post: /ship, timeout: 1s, retry: {attempts: unbounded, elapsed: unbounded}}
)");
  saga.script.actions[0] = {silent()};
  const auto played = saga.play();
  EXPECT_EQ(played.state, "running");
  EXPECT_THAT(played.stuck, IsEmpty());
}

TEST(play, waits_for_late_answers_in_no_time) {
  tried saga(late_order("callback"));
  saga.script.actions[0] = {late(engine::outcome::done, 23 * 3'600'000, R"({"id":"r-2"})")};
  const auto played = saga.play();
  EXPECT_EQ(played.state, "completed");
  EXPECT_EQ(played.took_ms, 23 * 3'600'000);
  EXPECT_EQ(played.calls[1].body, R"({"reservation":"r-2"})");
  EXPECT_EQ(played.calls[0].ended, engine::verdict::done);
}

TEST(play, takes_a_late_answer_by_poll_like_one_by_callback) {
  tried saga(late_order("poll"));
  saga.script.actions[0] = {late(engine::outcome::rejected, 60'000)};
  const auto played = saga.play();
  EXPECT_EQ(played.state, "compensated");
  EXPECT_THAT(played.undone, IsEmpty());
  EXPECT_EQ(played.took_ms, 60'000);
}

TEST(play, ends_the_wait_for_a_late_answer_that_never_comes) {
  for (const auto& said : {late(engine::outcome::absent, 0), late(engine::outcome::done, 25 * 3'600'000)}) {
    tried saga(late_order("callback"));
    saga.script.actions[0] = {said};
    const auto played = saga.play();
    EXPECT_EQ(played.state, "compensated");
    EXPECT_THAT(played.undone, ElementsAre(0)) << "it may have taken effect";
    EXPECT_GE(played.took_ms, 24 * 3'600'000);
  }
}

TEST(play, takes_an_answer_past_the_timeout_for_none) {
  tried saga(order);
  auto slow = answer();
  slow.takes_ms = 1000;
  saga.script.actions[0] = {slow};
  EXPECT_EQ(saga.play().state, "completed");
  EXPECT_EQ(saga.play().took_ms, 1000);
  slow.takes_ms = 1001;
  saga.script.actions[0] = {slow};
  EXPECT_EQ(saga.play().state, "compensated");
}

TEST(play, waits_as_long_as_a_busy_participant_asks) {
  tried saga(order);
  auto busy = answered(429);
  busy.retry_after_ms = 1500;
  saga.script.actions[0] = {busy, answer()};
  const auto played = saga.play();
  EXPECT_EQ(played.state, "completed");
  EXPECT_GE(played.took_ms, 1500);
}

TEST(play, turns_back_at_the_deadline_by_no_step) {
  tried saga(std::string("deadline: 1h\n") + late_order("callback"));
  saga.script.actions[0] = {late(engine::outcome::absent, 0)};
  const auto played = saga.play();
  ASSERT_TRUE(played.turned_back);
  EXPECT_EQ(played.turned_back->why, engine::cause::deadline);
  EXPECT_FALSE(played.turned_back->step);
  EXPECT_EQ(played.took_ms, 3'600'000);
}

TEST(play, goes_on_beside_a_branch_that_is_stuck) {
  tried saga(branches);
  saga.script.actions[1] = {silent()};
  const auto played = saga.play();
  EXPECT_EQ(played.state, "stuck");
  EXPECT_THAT(saga.calls(played), ElementsAre("pay", "ship x3", "bill"));
}

TEST(play, tells_what_could_not_be_rendered) {
  tried saga(order);
  saga.script.actions[0] = {answered(200, "{}")};  // without the id that `pay` sends
  const auto played = saga.play();
  EXPECT_EQ(played.state, "compensated");
  EXPECT_EQ(played.turned_back->why, engine::cause::rendering);
  EXPECT_THAT(played.turned_back->detail, HasSubstr("steps.reserve.response.id"));
}

TEST(play, passes_over_what_its_condition_leaves_out) {
  tried saga(conditional);
  saga.script.input = R"({"express":false})";
  const auto played = saga.play();
  EXPECT_EQ(played.state, "completed");
  EXPECT_THAT(played.passed_over, ElementsAre(0));
  EXPECT_THAT(saga.calls(played), ElementsAre("pay"));
}

TEST(play, is_the_same_every_time) {
  tried saga(order);
  saga.script.actions[0] = {unreachable()};
  const auto first = saga.play();
  const auto second = saga.play();
  EXPECT_EQ(first.took_ms, second.took_ms);
  EXPECT_EQ(saga.calls(first), saga.calls(second));
}

}  // namespace
}  // namespace sagad::rehearsal::testing
