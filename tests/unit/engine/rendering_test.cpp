// Requests are rendered when they are released: from loaded definitions, with what the input and the responses brought.
#include <gtest/gtest.h>

#include "engine/slice_values.hpp"
#include "tests/support/load_definition.hpp"
#include "tests/support/played_saga.hpp"

namespace {

using sagad::never;
using sagad::engine::action_state;
using sagad::engine::cause;
using sagad::engine::command_name;
using sagad::engine::operation_id;
using sagad::engine::request;
using sagad::engine::verdict;
using sagad::lifecycle::phase;
using sagad::tests::action;
using sagad::tests::load_definition;
using sagad::tests::played_saga;
using sagad::tests::undo;

constexpr auto booking = R"(
saga: booking
input: {type: object}
steps:
  - step: hold
    participant: bank
    action: {post: "/v1/accounts/${input.account}/holds", body: {amount: "${input.price * 2}"}}
    compensation: {post: /v1/holds/release, body: {saga: "${saga.id}"}}
  - step: settle
    kind: pivot
    participant: bank
    action: {post: /v1/settle, body: {hold: "${steps.hold.response.hold}"}}
  - step: deliver
    kind: retriable
    participant: post
    action: {post: /v1/deliver, body: {receipt: "${steps.settle.response.receipt}"}}
output: {receipt: "${steps.settle.response.receipt}"}
)";

played_saga booked(std::string_view input = R"({"account": "a/b", "price": 21})") {
  played_saga saga(load_definition(booking));
  sagad::engine::start start;
  start.input = input;
  saga.give(start);
  return saga;
}

bool answer(played_saga& saga, operation_id operation, std::string_view body) {
  auto reply = saga.a_reply(operation, verdict::done);
  reply.body = body;
  return saga.give(reply);
}

// What would be sent now; it must be what the release recorded.
request sent(const played_saga& saga, operation_id operation) {
  request out;
  EXPECT_EQ(sagad::engine::render(saga.now(), operation, out), std::nullopt);
  EXPECT_EQ(sagad::half_digest(out.content()), saga.open(operation).request);
  return out;
}

TEST(rendering, takes_the_input_for_the_first_steps) {
  const auto saga = booked();
  const auto out = sent(saga, action(0));
  EXPECT_EQ(out.method, "POST");
  EXPECT_EQ(out.target, "/v1/accounts/a%2Fb/holds");
  EXPECT_EQ(out.body, R"({"amount":42})");
}

TEST(rendering, takes_a_response_for_the_steps_after_it_in_the_same_record_and_later) {
  auto saga = booked();
  answer(saga, action(0), R"({"hold": {"id": 7.50}})");
  EXPECT_EQ(sent(saga, action(1)).body, R"({"hold":{"id": 7.50}})");
  answer(saga, action(1), R"({"receipt": "r"})");
  EXPECT_EQ(sent(saga, action(2)).body, R"({"receipt":"r"})");
}

TEST(rendering, takes_the_stand_in_of_a_step_done_by_hand) {
  auto saga = booked();
  saga.command_on(command_name::skip, action(0), R"({"hold": 3})");
  EXPECT_EQ(sent(saga, action(1)).body, R"({"hold":3})");
}

TEST(rendering, knows_the_sagas_id) {
  auto saga = booked();
  saga.command(command_name::cancel);
  EXPECT_EQ(sent(saga, undo(0)).body, "{\"saga\":\"" + saga.now().id.text() + "\"}");
}

TEST(rendering, an_output_however_short_is_the_record_s) {
  auto saga = booked();
  answer(saga, action(0), R"({"hold": 1})");
  answer(saga, action(1), R"({"receipt": 1})");
  answer(saga, action(2), "null");
  EXPECT_EQ(saga.now().phase, phase::completed);
  EXPECT_EQ(saga.now().output, R"({"receipt":1})");
  EXPECT_EQ(saga.now().output_error, "");
}

TEST(rendering, an_output_that_fails_completes_the_saga_without_one) {
  auto saga = booked();
  answer(saga, action(0), R"({"hold": 1})");
  answer(saga, action(1), R"({"receipt": 1})");
  saga.command_on(command_name::skip, action(2));
  EXPECT_EQ(saga.now().output, R"({"receipt":1})");
  played_saga without(load_definition(R"(
saga: without
steps:
  - step: only
    participant: bank
    compensation: none
    action: {post: /v1/only}
output: "${steps.only.response.missing}"
)"));
  without.start();
  answer(without, action(0), "{}");
  EXPECT_EQ(without.now().phase, phase::completed);
  EXPECT_EQ(without.now().output, "");
  EXPECT_NE(without.now().output_error.view().find("missing"), std::string::npos);
}

TEST(rendering, an_action_that_fails_counts_as_rejected_and_is_never_sent) {
  const auto saga = booked(R"({"account": "a"})");
  EXPECT_EQ(saga.events(), "started | rejected s0/action by rendering | turned_back by rendering | finished");
  EXPECT_EQ(saga.released(), "");
  EXPECT_EQ(saga.now().phase, phase::compensated);
  EXPECT_EQ(saga.now().steps[0].action, action_state::rejected);
  EXPECT_NE(saga.now().why.view().find("price"), std::string::npos);
}

TEST(rendering, an_arithmetic_overflow_is_told_and_turns_back) {
  const auto saga = booked(R"({"account": "a", "price": 9223372036854775807})");
  EXPECT_EQ(saga.now().phase, phase::compensated);
  EXPECT_FALSE(saga.now().why.empty());
}

TEST(rendering, a_pivot_that_fails_goes_backward) {
  auto saga = booked();
  answer(saga, action(0), "{}");
  EXPECT_EQ(saga.events(), "done s0/action | rejected s1/action by rendering | turned_back by rendering");
  EXPECT_EQ(saga.released(), "s0/compensation");
  EXPECT_FALSE(saga.now().past_return);
}

TEST(rendering, a_retriable_action_that_fails_is_blocked_at_once_and_says_why) {
  auto saga = booked();
  answer(saga, action(0), R"({"hold": 1})");
  answer(saga, action(1), "{}");
  EXPECT_EQ(saga.events(), "done s1/action | blocked s2/action by rendering");
  EXPECT_EQ(saga.shown(), "stuck");
  EXPECT_EQ(saga.outstanding().wake_at, never);
  EXPECT_TRUE(saga.outstanding().now.empty());
  const auto& open = saga.open(action(2));
  EXPECT_NE(open.text.view().find("receipt"), std::string::npos);
  EXPECT_EQ(open.request, sagad::half_digest{});
  EXPECT_TRUE(saga.command_on(command_name::edit, action(2), R"({"receipt":"by hand"})"));
  EXPECT_EQ(sent(saga, action(2)).body, R"({"receipt":"by hand"})");
}

TEST(rendering, what_the_same_record_would_have_released_is_taken_back_with_a_failure) {
  played_saga saga(load_definition(R"(
saga: branches
input: {type: object}
steps:
  - step: first
    participant: bank
    action: {post: /v1/first}
    compensation: {post: /v1/first/undo}
  - step: second
    after: []
    participant: bank
    action: {post: /v1/second, body: "${input.missing}"}
    compensation: {post: /v1/second/undo}
)"));
  saga.start();
  EXPECT_EQ(saga.released(), "");
  EXPECT_EQ(saga.now().steps[0].action, action_state::idle);
  EXPECT_EQ(saga.now().phase, phase::compensated);
}

TEST(rendering, a_restart_renders_the_same_bytes) {
  auto saga = booked();
  answer(saga, action(0), R"({"hold": [1, 2]})");
  saga.give(sagad::engine::recovery{2});
  sent(saga, action(1));
}

constexpr auto undone_with_the_input = R"(
saga: sized
input: {type: object}
steps:
  - step: hold
    participant: bank
    action: {post: /v1/holds}
    compensation: {post: "/v1/release/${input.where}", body: {why: "${input.why}"}}
  - {step: pay, kind: pivot, participant: bank, action: {post: /v1/pay}}
)";

played_saga turned_back(const std::string& input) {
  played_saga saga(load_definition(undone_with_the_input));
  sagad::engine::start start;
  start.input = input;
  saga.give(start);
  answer(saga, action(0), "{}");
  saga.answer(action(1), verdict::rejected, cause::rejected);
  return saga;
}

TEST(rendering, a_compensation_that_fails_is_blocked_and_an_edit_frees_it) {
  auto saga = turned_back(R"({"where": "here"})");
  EXPECT_EQ(saga.now().phase, phase::backward);
  EXPECT_EQ(saga.shown(), "stuck");
  EXPECT_TRUE(saga.open(undo(0)).blocked);
  EXPECT_EQ(saga.open(undo(0)).blocked_by, cause::rendering);
  EXPECT_TRUE(saga.outstanding().now.empty()) << "nothing that was not rendered is sent";
  EXPECT_TRUE(saga.command_on(command_name::edit, undo(0), R"({"why": "mended"})"));
  EXPECT_FALSE(saga.open(undo(0)).blocked);
  EXPECT_EQ(sent(saga, undo(0)).body, R"({"why": "mended"})");
  saga.answer(undo(0), verdict::done);
  EXPECT_EQ(saga.now().phase, phase::compensated);
}

TEST(rendering, an_edit_does_not_help_where_the_path_cannot_be_made) {
  auto saga = turned_back(R"({"where": "..", "why": "x"})");
  ASSERT_EQ(saga.open(undo(0)).blocked_by, cause::rendering);
  EXPECT_TRUE(saga.command_on(command_name::edit, undo(0), R"({"why": "mended"})"));
  EXPECT_TRUE(saga.open(undo(0)).blocked);
  EXPECT_EQ(saga.shown(), "stuck");
}

TEST(rendering, a_target_and_a_body_past_their_limits_are_not_sent) {
  const std::string longest(sagad::engine::slice_values::target_bytes_max - std::string("/v1/release/").size(), 'x');
  auto fits = turned_back(R"({"where": ")" + longest + R"(", "why": "x"})");
  EXPECT_FALSE(fits.open(undo(0)).blocked);
  auto too_long = turned_back(R"({"where": "x)" + longest + R"(", "why": "x"})");
  EXPECT_EQ(too_long.open(undo(0)).blocked_by, cause::rendering);
}

TEST(rendering, a_body_of_the_limit_is_sent_and_one_byte_more_is_not) {
  const auto text = R"(
saga: bodies
input: {type: object}
steps:
  - {step: s, participant: p, compensation: none, action: {post: /a, body: "${input.all}"}}
)";
  const auto given = [&](std::size_t bytes) {
    played_saga saga(load_definition(text));
    const auto input = "{\"all\":\"" + std::string(bytes - 2, 'x') + "\"}";
    sagad::engine::start start;
    start.input = input;
    saga.give(start);
    return saga.now().turned_back_by;
  };
  EXPECT_EQ(given(sagad::engine::request_bytes_max), cause::none);
  EXPECT_EQ(given(sagad::engine::request_bytes_max + 1), cause::rendering);
}

constexpr auto with_headers = R"(
steps:
  - step: first
    participant: bank
    action: {post: /a, headers: {X-Tenant: "${input.tenant}", X-Of: "saga ${saga.id}"}}
    compensation: {post: /u, headers: {X-First: "${has(steps.first.response.id) ? steps.first.response.id : '-'}"}}
  - step: last
    kind: retriable
    participant: bank
    action: {post: /b, headers: {X-Note: "${input.note}"}}
)";

played_saga with_tenant(const std::string& input) {
  played_saga saga(load_definition(with_headers));
  sagad::engine::start start;
  start.input = input;
  saga.give(start);
  return saga;
}

TEST(headers, are_rendered_as_lines_that_are_no_part_of_the_digest) {
  const auto saga = with_tenant(R"({"tenant":"acme","note":"n"})");
  const auto out = sent(saga, action(0));
  EXPECT_EQ(out.headers, "X-Of: saga " + saga.now().id.text() + "\r\nX-Tenant: acme\r\n");
  auto without = out;
  without.headers.clear();
  EXPECT_EQ(without.content(), out.content());
}

TEST(headers, of_a_compensation_read_what_there_is) {
  auto saga = with_tenant(R"({"tenant":"acme"})");
  saga.command(command_name::compensate);
  EXPECT_EQ(sent(saga, undo(0)).headers, "X-First: -\r\n");
}

TEST(headers, that_cannot_be_rendered_count_as_a_request_that_cannot) {
  const auto rejected = with_tenant(R"({"tenant":"a\nb"})");
  EXPECT_EQ(rejected.now().phase, phase::compensated);
  EXPECT_EQ(rejected.now().why.view(),
            "the header `X-Tenant`: `input.tenant` has a control character, which no header may have");
  auto blocked = with_tenant(R"({"tenant":"acme"})");
  blocked.answer(action(0), verdict::done);
  EXPECT_EQ(blocked.open(action(1)).blocked_by, cause::rendering);
  EXPECT_EQ(blocked.open(action(1)).text.view(), "the header `X-Note`: `input.note` is absent");
}

TEST(headers, are_at_most_8_kib_together) {
  const std::size_t others = std::string("X-Of: saga \r\nX-Tenant: \r\n").size() + 26;
  const auto most = sagad::engine::headers_bytes_max - others;
  const auto fits = with_tenant(R"({"tenant":")" + std::string(most, 'a') + "\"}");
  EXPECT_EQ(sent(fits, action(0)).headers.size(), sagad::engine::headers_bytes_max);
  for (const std::size_t more : {1U, 2U, 3U}) {
    const auto too_large = with_tenant(R"({"tenant":")" + std::string(most + more, 'a') + "\"}");
    EXPECT_EQ(too_large.now().turned_back_by, cause::rendering);
  }
}

}  // namespace
