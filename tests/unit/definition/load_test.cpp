#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support.hpp"

namespace sagad::definition {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

definition_ptr sale() {
  return test::loaded_or_throw(test::read_file("sagas/sale.yaml"));
}

std::vector<int> numbers(const step_set& set) {
  std::vector<int> all;
  set.for_each([&](step_no number) { all.push_back(number); });
  return all;
}

TEST(loaded_sale, has_its_steps_in_the_order_written) {
  const auto loaded = sale();
  EXPECT_EQ(loaded->name, "sale");
  EXPECT_EQ(loaded->description, "A player's sale on the community market");
  EXPECT_TRUE(loaded->key_required);
  EXPECT_EQ(loaded->deadline_ms, 30'000);
  EXPECT_EQ(loaded->alert_after_ms, 60'000);
  std::vector<std::string> names;
  for (const auto& step : loaded->steps) names.push_back(step.name + "@" + step.participant);
  EXPECT_THAT(names,
              ElementsAre("escrow@escrow", "transfer@transfer", "settle@escrow", "deliver@transfer", "rate@rate"));
  EXPECT_EQ(loaded->pivot, step_no{2});
  EXPECT_EQ(loaded->find("deliver"), step_no{3});
  EXPECT_EQ(loaded->find("nobody"), std::nullopt);
}

TEST(loaded_sale, orders_deliver_and_rate_beside_each_other) {
  const auto loaded = sale();
  EXPECT_THAT(numbers(loaded->steps[0].after), ElementsAre());
  EXPECT_THAT(numbers(loaded->steps[3].after), ElementsAre(2));
  EXPECT_THAT(numbers(loaded->steps[4].after), ElementsAre(2));
  EXPECT_THAT(numbers(loaded->steps[4].ancestors), ElementsAre(0, 1, 2));
  EXPECT_THAT(numbers(loaded->steps[0].descendants), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(numbers(loaded->steps[3].descendants), ElementsAre());
}

TEST(loaded_sale, has_the_budgets_of_each_kind) {
  const auto loaded = sale();
  const compensations::retry_policy written = {5, 20'000, 50, 2000, 2'000, 60'000};
  EXPECT_EQ(loaded->steps[0].action.retry, written);
  EXPECT_EQ(loaded->steps[0].compensation->retry, compensations::defaults_of_must_succeed());
  EXPECT_EQ(loaded->steps[2].action.retry, compensations::defaults_of_must_succeed());
  EXPECT_EQ(loaded->steps[4].action.retry, compensations::defaults_of_must_succeed());
  for (const auto& step : loaded->steps) {
    EXPECT_EQ(step.action.timeout_ms, 2000);
    EXPECT_EQ(step.action.late, late_answer::none);
    EXPECT_EQ(step.compensation.has_value(), step.kind == step_kind::compensatable);
  }
  EXPECT_EQ(loaded->steps[4].kind, step_kind::retriable);
}

// Of the response of a step that one value is read of.
const slice_source& only_slice(const definition& of, step_no step) {
  const auto is_read = [&](const slice_source& source) {
    return source.from == slice_source::root::response && source.step == step;
  };
  return *std::find_if(of.slices.begin(), of.slices.end(), is_read);
}

TEST(loaded_sale, reads_each_value_once) {
  const auto loaded = sale();
  EXPECT_EQ(loaded->slices.size(), 8U);  // five of the input, hold, reservation, rate
  EXPECT_EQ(loaded->input_slices.size(), 5U);
  EXPECT_EQ(loaded->steps[0].slices.size(), 1U);
  EXPECT_EQ(only_slice(*loaded, 0).path, std::vector<std::string>{"hold"});
  EXPECT_TRUE(loaded->steps[2].slices.empty());
  EXPECT_EQ(loaded->steps[4].slices.size(), 1U);
}

TEST(loaded_sale, renders_its_requests) {
  const auto loaded = sale();
  const std::string input = R"({"seller":"ann","buyer":"bob","item":"a \"sword\"","quantity":3,"price":250})";
  const std::vector<std::string> responses = {R"({"hold":"h-1"})", R"({"reservation":[1]})", "{}", "null",
                                              R"({"rate":4.50})"};
  const auto body = [&](std::size_t step) {
    return test::rendered(loaded->steps[step].action.body, *loaded, input, responses);
  };
  EXPECT_EQ(body(0), R"({"account":"bob","amount":750})");
  EXPECT_EQ(body(1), R"({"from":"ann","item":"a \"sword\"","quantity":3,"to":"bob"})");
  EXPECT_EQ(body(2), R"({"hold":"h-1","to":"ann"})");
  EXPECT_EQ(body(3), R"({"reservation":[1]})");
  EXPECT_EQ(test::rendered(*loaded->output, *loaded, input, responses), R"({"rate":4.50})");
  EXPECT_EQ(test::rendered(loaded->steps[0].action.target, *loaded, input, responses), "/v1/holds");
  EXPECT_EQ(loaded->steps[0].action.method, "POST");
  EXPECT_TRUE(loaded->steps[0].compensation->body.empty());
  EXPECT_FALSE(loaded->steps[0].compensation->target.empty());
}

TEST(loaded_sale_impatient, gives_up_its_last_step_after_three_seconds) {
  const auto loaded = test::loaded_or_throw(test::read_file("sagas/sale_impatient.yaml"));
  const auto& retry = loaded->steps[4].action.retry;
  EXPECT_EQ(retry.elapsed_ms, 3000);
  EXPECT_EQ(retry.stuck_retry_ms, 0);
  EXPECT_EQ(loaded->steps.size(), sale()->steps.size());
}

TEST(loaded_definition, has_what_its_operations_say) {
  const auto loaded = test::loaded_or_throw(test::read_file("tests/data/definitions/good/every_key.yaml"));
  const auto& first = loaded->steps[0];
  EXPECT_EQ(first.action.method, "PUT");
  EXPECT_EQ(first.action.timeout_ms, 250);
  EXPECT_THAT(first.action.rejects, ElementsAre(404, 410));
  EXPECT_EQ(first.action.late, late_answer::callback);
  EXPECT_EQ(first.action.within_ms, 86'400'000);
  EXPECT_EQ(first.action.retry, (compensations::retry_policy{0, 60'000, 10, 1500, 5'000, 0}));
  EXPECT_EQ(first.compensation->method, "DELETE");
  EXPECT_EQ(first.compensation->retry, (compensations::retry_policy{0, 0, 50, 2000, 30'000, 300'000}));
  EXPECT_EQ(loaded->steps[2].action.late, late_answer::poll);
  EXPECT_EQ(loaded->alert_after_ms, 90'000);
  EXPECT_FALSE(loaded->steps[1].compensation.has_value());
}

TEST(loaded_definition, without_a_deadline_has_none) {
  const auto loaded = test::loaded_or_throw(test::read_file("tests/data/definitions/good/minimal.yaml"));
  EXPECT_EQ(loaded->deadline_ms, 0);
  EXPECT_FALSE(loaded->key_required);
  EXPECT_FALSE(loaded->pivot.has_value());
  EXPECT_FALSE(loaded->output.has_value());
  EXPECT_EQ(loaded->name, "");
  EXPECT_TRUE(loaded->schema.check("[1]").empty());
}

// Each step reads three values and waits for every step before it.
std::string wide_saga(std::size_t width) {
  std::string text = "saga: wide\nsteps:\n";
  std::string before;
  for (std::size_t at = 0; at < width; ++at) {
    const std::string name = "step-" + std::to_string(at);
    text += "  - step: " + name + "\n    participant: transfer\n    after: [" + before + "]\n    action:\n";
    text += "      post: /v1/" + name + "/${input.a" + std::to_string(at) + "}\n      body: {x: \"${input.b" +
            std::to_string(at) + " + 1}\"";
    if (at > 0) text += ", y: \"${steps['step-" + std::to_string(at - 1) + "'].response.id}\"";
    text += "}\n    compensation: {post: /v1/undo}\n";
    before += (before.empty() ? "" : ", ") + name;
  }
  return text;
}

TEST(loaded_definition, may_have_256_steps_that_all_wait_for_each_other) {
  const auto loaded = test::loaded_or_throw(wide_saga(256));
  EXPECT_EQ(loaded->steps.size(), 256U);
  EXPECT_EQ(loaded->steps[255].ancestors.count(), 255U);
  EXPECT_EQ(loaded->steps[0].descendants.count(), 255U);
  EXPECT_EQ(loaded->slices.size(), 256U * 3 - 1);
  EXPECT_THAT(test::mistakes_of(wide_saga(257)),
              HasSubstr("the saga has 257 steps, and this is the first past the 256"));
}

TEST(loaded_definition, reads_at_most_4096_values) {
  const auto body_of = [](int values) {
    std::string body = "[";
    for (int at = 0; at < values; ++at) body += "\"${input.v" + std::to_string(at) + "}\",";
    return body + "0]";
  };
  EXPECT_EQ(test::with_body(body_of(4096))->slices.size(), 4096U);
  EXPECT_THAT([&] { test::with_body(body_of(4097)); },
              testing::ThrowsMessage<std::runtime_error>(HasSubstr(
                  "reads one value more than the 4096 that a saga may read: read one value that holds several")));
}

TEST(loaded_definition, text_is_at_most_a_mebibyte) {
  const auto text_of = [](std::size_t size) {
    std::string text = test::read_file("tests/data/definitions/good/minimal.yaml") + "# ";
    return text + std::string(size - text.size(), 'x');
  };
  EXPECT_EQ(test::mistakes_of(text_of(1U << 20U)), "nothing");
  EXPECT_EQ(test::mistakes_of(text_of((1U << 20U) + 1)),
            "1:1 the definition has 1048577 bytes: at most 1048576 are read: shorten it\n");
}

TEST(loaded_definition, is_at_most_a_mebibyte_with_its_defaults_written_out) {
  // A quote is two letters there.
  const auto text_of = [](std::size_t quotes) {
    return test::read_file("tests/data/definitions/good/minimal.yaml") + "description: '" + std::string(quotes, '"') +
           "'\n";
  };
  const std::size_t others = test::loaded_or_throw(text_of(1))->canonical.size() - 2;
  const std::size_t fitting = ((1U << 20U) - others) / 2;
  EXPECT_EQ(test::mistakes_of(text_of(fitting)), "nothing");
  EXPECT_THAT(test::mistakes_of(text_of(fitting + 1)),
              testing::MatchesRegex("1:1 with its defaults written out the definition has 104857[78] bytes: at most "
                                    "1048576 are kept: shorten it\n"));
}

TEST(loaded_definition, tells_a_hundred_mistakes_at_most) {
  std::string text = "saga: x\nsteps:\n";
  for (int at = 0; at < 200; ++at) text += "  - {nonsense: 1}\n";
  const auto told = test::mistakes_of(text);
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 100);
}

TEST(loaded_definition, offline_takes_any_participant_and_path) {
  surroundings offline;
  offline.participants_known = false;
  const auto* text = "steps: [{step: a, participant: whoever, action: {post: /any/where}, compensation: none}]";
  EXPECT_EQ(test::mistakes_of(text, offline), "nothing");
  EXPECT_THAT(test::mistakes_of(text), HasSubstr("`whoever`, which is not configured"));
}

TEST(loaded_definition, says_where_participants_are_named_when_none_is) {
  const auto* text = "steps: [{step: a, participant: whoever, action: {post: /any/where}, compensation: none}]";
  EXPECT_THAT(test::mistakes_of(text, surroundings{}),
              HasSubstr("not configured: no participant is, until `participants` in sagad's configuration says where"));
}

}  // namespace
}  // namespace sagad::definition
