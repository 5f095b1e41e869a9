#include "rehearsal/failures.hpp"

#include <gmock/gmock.h>

#include <map>

#include "tests/unit/rehearsal/tried.hpp"

namespace sagad::rehearsal::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ending = failure_point::ending;

std::vector<failure_point> points_of(const tried& saga) {
  return play_failures(saga.definition, saga.script);
}

const failure_point& point(const std::vector<failure_point>& points, const tried& saga, const std::string& operation,
                           failure what) {
  for (const auto& one : points) {
    if (one.what == what && name_of(*saga.definition, one.operation) == operation) return one;
  }
  throw std::runtime_error("no such point: " + operation);
}

TEST(failures, are_played_for_every_action_and_every_undo) {
  const tried saga(order);
  const auto points = points_of(saga);
  // Nothing fails; three ways for each of three actions; two undos.
  EXPECT_EQ(points.size(), 1U + 3 * 3 + 2);
  EXPECT_EQ(points[0].what, failure::none);
  EXPECT_EQ(points[0].how, ending::good);
}

TEST(failures, end_as_the_kind_of_step_has_it) {
  const tried saga(R"(
saga: s
steps:
  - {step: hold, participant: p, action: {post: /a}, compensation: {post: /b}}
  - {step: settle, kind: pivot, participant: p, action: {post: /c}}
  - {step: ship, kind: retriable, participant: p, action: {post: /d}}
)");
  const auto points = points_of(saga);
  const auto how = [&](const char* operation, failure what) { return point(points, saga, operation, what).how; };
  for (const auto what : {failure::rejected, failure::in_doubt, failure::unreachable}) {
    EXPECT_EQ(how("hold", what), ending::good);
    EXPECT_EQ(how("ship", what), ending::stuck);
  }
  EXPECT_EQ(how("settle", failure::rejected), ending::good);
  EXPECT_EQ(how("settle", failure::in_doubt), ending::stuck);
  EXPECT_EQ(how("settle", failure::unreachable), ending::good);
  const auto& undo = point(points, saga, "undo hold", failure::in_doubt);
  EXPECT_EQ(undo.how, ending::stuck);
  EXPECT_EQ(undo.because_of, 1);
  EXPECT_FALSE(undo.by_itself);
}

TEST(failures, of_a_last_undo_begin_with_its_own_action_in_doubt) {
  const tried saga(order);
  const auto points = points_of(saga);
  EXPECT_TRUE(point(points, saga, "undo pay", failure::in_doubt).by_itself);
  const auto& first = point(points, saga, "undo reserve", failure::in_doubt);
  EXPECT_FALSE(first.by_itself);
  EXPECT_EQ(first.because_of, 1);
}

TEST(failures, of_late_answers_are_played_where_one_is_declared) {
  const tried saga(late_order("callback"));
  const auto points = points_of(saga);
  EXPECT_EQ(point(points, saga, "reserve", failure::no_late_answer).how, ending::good);
  EXPECT_THROW(point(points, saga, "ship", failure::no_late_answer), std::runtime_error);
}

TEST(failures, of_a_step_that_is_passed_over_are_not_met) {
  tried saga(conditional);
  saga.script.input = R"({"express":false})";
  const auto points = points_of(saga);
  EXPECT_EQ(point(points, saga, "hurry", failure::rejected).how, ending::not_met);
  EXPECT_EQ(point(points, saga, "undo hurry", failure::in_doubt).how, ending::not_met);
  EXPECT_EQ(point(points, saga, "pay", failure::rejected).how, ending::good);
}

TEST(failures, tell_a_definition_that_breaks) {
  tried saga(order);
  saga.script.responses[0] = "{}";
  EXPECT_EQ(points_of(saga)[0].how, ending::broken);
  // Good as long as nothing fails: its output reads what only a late step brings.
  tried output(R"(
saga: s
steps: [{step: a, participant: p, action: {post: /a}, compensation: none}]
output: {half: "${1 / input.zero}"}
)");
  output.script.input = R"({"zero":0})";
  const auto points = points_of(output);
  EXPECT_EQ(points[0].how, ending::broken);
  EXPECT_NE(points[0].played.output_error, "");
}

}  // namespace
}  // namespace sagad::rehearsal::testing
