#include "participants/sdk/faults.hpp"

#include "participants/sdk/problem.hpp"

namespace sagad::participants {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

barrier::call of_step(const std::string& step, barrier::operation of = barrier::operation::action) {
  return {.saga = "01HF7YAT0004HMASW9NF6YY093", .step = step, .of = of, .generation = 1, .request_digest = ""};
}

TEST(faults, none_strike_where_none_are_set) {
  fault_switch faults(1);
  EXPECT_FALSE(faults.strike(of_step("escrow")));
  EXPECT_THAT(faults.list(), StartsWith(R"({"faults":[],)"));
}

TEST(faults, the_next_calls_are_struck_and_then_no_more) {
  fault_switch faults(1);
  faults.add(R"({"kind":"late","next":2,"delay_ms":5})");
  const auto first = faults.strike(of_step("escrow"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->kind, fault_kind::late);
  EXPECT_EQ(first->delay_ms, 5);
  EXPECT_THAT(faults.list(), StartsWith(R"({"faults":[{"kind":"late","next":1,"delay_ms":5}],)"));
  EXPECT_TRUE(faults.strike(of_step("escrow")));
  EXPECT_FALSE(faults.strike(of_step("escrow")));
}

TEST(faults, strike_the_step_and_the_operation_that_were_named) {
  fault_switch faults(1);
  faults.add(R"({"kind":"fail","next":1,"step":"settle","operation":"compensation"})");
  EXPECT_FALSE(faults.strike(of_step("escrow", barrier::operation::compensation)));
  EXPECT_FALSE(faults.strike(of_step("settle")));
  EXPECT_TRUE(faults.strike(of_step("settle", barrier::operation::compensation)));
}

TEST(faults, the_same_seed_gives_the_same_faults) {
  const auto run = [](std::uint64_t seed) {
    fault_switch faults(seed);
    faults.add(R"({"kind":"reject","rate":0.3})");
    std::string struck;
    for (int i = 0; i < 200; ++i) struck += faults.strike(of_step("escrow")) ? 'x' : '.';
    return struck;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
  EXPECT_THAT(std::ranges::count(run(7), 'x'), testing::AllOf(testing::Gt(30), testing::Lt(90)));
}

TEST(faults, a_rate_of_one_always_strikes) {
  fault_switch faults(1);
  faults.add(R"({"kind":"hang","rate":1})");
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(faults.strike(of_step("escrow")));
  faults.clear();
  EXPECT_FALSE(faults.strike(of_step("escrow")));
}

TEST(faults, rules_that_cannot_be_meant_are_refused_whole) {
  fault_switch faults(1);
  for (const char* rule : {R"({"kind":"sulk","next":1})", R"({"kind":"fail"})", R"({"kind":"fail","rate":0})",
                           R"({"kind":"fail","rate":1.5})", R"({"kind":"fail","rate":0.5,"next":1})",
                           R"({"kind":"fail","next":0})", R"({"kind":"fail","next":1,"operation":"both"})",
                           R"({"kind":"fail","next":1,"delay":1})", R"([{"kind":"fail","next":1},{"kind":"x"}])"}) {
    EXPECT_THROW(faults.add(rule), bad_input) << rule;
  }
  EXPECT_THAT(faults.list(), StartsWith(R"({"faults":[],)"));
}

TEST(faults, count_the_calls_that_came_and_what_has_happened_also_once_they_are_forgotten) {
  fault_switch faults(1);
  faults.add(R"({"kind":"late","next":1})");
  for (int i = 0; i < 3; ++i) faults.strike(of_step("escrow"));
  faults.happened(fault_kind::late);
  faults.happened(fault_kind::answer_twice);
  faults.happened(fault_kind::answer_twice);
  faults.clear();
  EXPECT_THAT(faults.list(),
              HasSubstr(R"("calls":3,"happened":{"reject":0,"fail":0,"hang":0,"late":1,"answer_twice":2})"));
}

TEST(faults, are_bounded_in_number) {
  fault_switch faults(1);
  for (int i = 0; i < 64; ++i) faults.add(R"({"kind":"fail","next":1})");
  EXPECT_THROW(faults.add(R"({"kind":"fail","next":1})"), bad_input);
}

}  // namespace
}  // namespace sagad::participants
