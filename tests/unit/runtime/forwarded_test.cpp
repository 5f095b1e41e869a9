#include "runtime/forwarded.hpp"

#include <gmock/gmock.h>

#include "core_sagas.hpp"
#include "tests/support/load_definition.hpp"
#include "tests/support/node_bench.hpp"

namespace sagad::tests {
namespace {

using engine::command_name;
using runtime::carry_out;

class forwarded : public testing::Test {
 protected:
  void SetUp() override { owner.work(); }
  std::optional<std::string> do_it(const journal::message& what) {
    std::optional<std::string> told;
    carry_out(owner.core(), signer, what, [&](std::optional<std::string> answer) { told = std::move(answer); });
    owner.turn();
    return told;
  }

  manual_clock clock;
  journal::memory::cluster all{{.partitions = 2}, [this] { return clock.now(); }};
  runtime::callback_signer signer{{std::string(32, 'k')}};
  node_bench owner{all, "owner", clock, load_definition(called_back)};
};

TEST_F(forwarded, a_command_is_done_and_its_answer_says_what_the_owner_would_have_said) {
  const auto id = owner.started();
  auto order = core_bench::order(command_name::pause, "c\"1");
  order.reason = "because \\ of \"that\"";
  const auto told = do_it(message_of(id, order, 1));
  const auto answer = std::get<runtime::saga_answer>(runtime::command_answer(told.value()));
  EXPECT_EQ(answer.id, id);
  EXPECT_EQ(answer.state, "paused");
  EXPECT_EQ(answer.seq, 2U);
  EXPECT_GT(answer.position, 0U);
  EXPECT_FALSE(answer.repeated);
  EXPECT_EQ(answer.body, std::get<runtime::saga_answer>(owner.get(id).all.at(0)).body);
  EXPECT_THAT(answer.body, testing::HasSubstr("because"));
}

TEST_F(forwarded, a_command_that_comes_twice_is_done_once) {
  const auto id = owner.started();
  const auto what = message_of(id, core_bench::order(command_name::pause, "c1"), 1);
  do_it(what);
  const auto again = std::get<runtime::saga_answer>(runtime::command_answer(do_it(what).value()));
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(owner.facts(id), "started|commanded");
}

TEST_F(forwarded, all_that_a_command_says_comes_along) {
  const auto id = owner.started();
  auto order = core_bench::order(command_name::skip, "c1", "work");
  order.side = "action";
  order.force = true;
  order.nothing_happened = true;
  order.if_seq = 1;
  order.body = R"({"a":"b"})";
  order.whose = "";
  const auto refused = runtime::command_answer(do_it(message_of(id, order, 1)).value());
  EXPECT_EQ(std::get<problem>(refused).code, problem_code::in_flight) << "its call is open";
  owner.answer("work/action#1", 503);
  order.if_seq = 7;
  EXPECT_EQ(std::get<problem>(runtime::command_answer(do_it(message_of(id, order, 1)).value())).code,
            problem_code::changed_meanwhile);
  order.if_seq = 2;
  order.id = "c2";
  EXPECT_TRUE(
      std::holds_alternative<runtime::saga_answer>(runtime::command_answer(do_it(message_of(id, order, 1)).value())));
  EXPECT_THAT(owner.facts(id), testing::HasSubstr("commanded"));
  order.whose = "somebody";
  EXPECT_EQ(std::get<problem>(runtime::command_answer(do_it(message_of(id, order, 1)).value())).code,
            problem_code::not_found);
}

TEST_F(forwarded, each_time_that_a_command_comes_is_decided_anew) {
  const auto id = owner.started();
  auto order = core_bench::order(command_name::pause, "c1");
  order.if_seq = 7;
  EXPECT_EQ(std::get<problem>(runtime::command_answer(do_it(message_of(id, order, 1)).value())).code,
            problem_code::changed_meanwhile);
  order.if_seq = 1;
  const auto again = message_of(id, order, 2);
  EXPECT_NE(again.id, message_of(id, order, 1).id);
  EXPECT_THAT(again.id, testing::StartsWith(runtime::forwarded_id(id, "c1")));
  EXPECT_TRUE(std::holds_alternative<runtime::saga_answer>(runtime::command_answer(do_it(again).value())));
}

TEST_F(forwarded, a_late_answer_is_recorded_once) {
  const auto id = owner.started();
  const runtime::callback_target target{id, {0, engine::side::action}, 1};
  const auto what = message_of(target, signer, {engine::outcome::done, R"({"v":"\u0041"})"}, 1);
  EXPECT_EQ(std::get<runtime::late_standing>(runtime::late_answer_of(do_it(what).value())),
            runtime::late_standing::recorded);
  EXPECT_EQ(owner.get(id).text(), "completed");
  const auto other = message_of(target, signer, {engine::outcome::rejected, "null"}, 2);
  EXPECT_NE(what.id, other.id);
  EXPECT_EQ(std::get<problem>(runtime::late_answer_of(do_it(other).value())).code, problem_code::outcome_stands);
}

TEST_F(forwarded, a_late_answer_in_the_same_words_is_a_message_of_its_own_each_time) {
  const runtime::callback_target target{owner.started(), {0, engine::side::action}, 1};
  const runtime::late_request failed{engine::outcome::failed, "null"};
  const auto first = message_of(target, signer, failed, 1);
  EXPECT_NE(first.id, message_of(target, signer, failed, 2).id) << "the job may have been begun again in between";
  EXPECT_EQ(first.bytes, message_of(target, signer, failed, 2).bytes);
}

TEST_F(forwarded, what_the_owner_cannot_do_now_is_not_answered) {
  const auto id = owner.started();
  clock.at += 4000;  // it is not sure of its lease
  EXPECT_EQ(do_it(message_of(id, core_bench::order(command_name::pause, "c1"), 1)), std::nullopt);
  owner.work();
  owner.store().entries().hold();
  EXPECT_EQ(do_it(message_of(id, core_bench::order(command_name::pause, "c1"), 1)), std::nullopt) << "not durable";
  EXPECT_EQ(owner.facts(id), "started");
}

TEST_F(forwarded, what_cannot_be_read_is_answered_so_that_it_goes) {
  const auto id = owner.started();
  EXPECT_EQ(std::get<problem>(runtime::command_answer(do_it({"m", id, "{"}).value())).code, problem_code::malformed);
  EXPECT_EQ(std::get<problem>(runtime::command_answer(do_it({"m", id, R"({"command":"dance"})"}).value())).code,
            problem_code::invalid_argument);
  EXPECT_EQ(std::get<problem>(runtime::late_answer_of(do_it({"m", id, R"({"token":"x"})"}).value())).code,
            problem_code::not_found);
  EXPECT_EQ(std::get<problem>(runtime::command_answer("no")).code, problem_code::internal);
  EXPECT_EQ(std::get<problem>(runtime::command_answer("{}")).code, problem_code::internal);
}

}  // namespace
}  // namespace sagad::tests
