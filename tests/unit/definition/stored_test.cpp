// What a journal keeps means for ever what it meant.
#include <gmock/gmock.h>

#include "meaning.hpp"
#include "support.hpp"

namespace sagad::definition {
namespace {

using testing::HasSubstr;

std::string told_of_stored(const std::string& text) {
  const auto result = load_canonical(text);
  const auto* mistakes = std::get_if<std::vector<mistake>>(&result);
  return mistakes == nullptr ? "nothing" : test::as_text(*mistakes);
}

surroundings offline() {
  surroundings anything;
  anything.participants_known = false;
  return anything;
}

TEST(stored_definition, is_not_held_against_participants_of_today) {
  const auto* text =
      "steps: [{step: a, participant: escrow, action: {post: /v1/a, answer: {within: 1h, by: callback}}, compensation: "
      "none}]";
  EXPECT_EQ(told_of_stored(test::loaded_or_throw(text)->canonical), "nothing");
}

TEST(stored_definition, is_not_held_against_what_is_known_of_kinds_today) {
  const auto text = [](const char* input) {
    return std::string(input) +
           "steps: [{step: a, participant: escrow, action: {post: /v1/a, body: '${input.q + \"x\"}'}, compensation: "
           "none}]";
  };
  auto canonical = test::loaded_or_throw(text(""))->canonical;
  const std::string anything = R"("input":true)";
  canonical.replace(canonical.find(anything), anything.size(), R"("input":{"properties":{"q":{"type":"integer"}}})");
  EXPECT_TRUE(std::holds_alternative<definition_ptr>(load_canonical(canonical)));
  EXPECT_THAT(test::mistakes_of(text("input: {properties: {q: {type: integer}}}\n")), HasSubstr("puts `+` between"));
}

TEST(stored_definition, that_is_damaged_is_told_and_not_compiled) {
  const auto good = test::loaded_or_throw(test::read_file("sagas/sale.yaml"))->canonical;
  EXPECT_EQ(told_of_stored(good), "nothing");
  EXPECT_THAT(told_of_stored(""), HasSubstr("damaged"));
  EXPECT_THAT(told_of_stored(good.substr(0, good.size() - 1)), HasSubstr("damaged"));
  EXPECT_THAT(told_of_stored(" " + good), HasSubstr("not in its canonical form"));
  EXPECT_THAT(told_of_stored("saga: sale"), HasSubstr("damaged"));
  EXPECT_THAT(told_of_stored("{}"), HasSubstr("a saga needs `steps`"));
}

// Something of everything that authors are refused for.
constexpr std::string_view whole = R"(
deadline: 1m
input: {type: object, additionalProperties: false, properties: {account: {type: string}}}
steps:
  - step: hold
    participant: bank
    action: {post: /holds, body: {account: "${input.account}"}, rejects: [404], answer: {within: 1h, by: poll}}
    compensation: {post: /holds/release}
  - {step: pay, kind: pivot, participant: bank, action: {post: /payments, timeout: 10s}}
  - {step: ship, kind: retriable, participant: store, action: {post: "/parcels/${steps.hold.response.hold}"}}
)";

struct refusal {
  std::string_view from;  // in the canonical form
  std::string_view to;
  std::string_view why;
};

constexpr refusal refusals[] = {
    {R"("deadline":"1m")", R"("deadline":"91d")", "write a duration from 1ms to 90d"},
    {R"("deadline":"1m")", R"("deadline":"5s")", "does not fit into the deadline"},
    {R"("attempts":5)", R"("attempts":1000001)", "a whole number from 1 to 1000000"},
    {R"("attempts":5,"delay":"50ms","delay_max":"2s","elapsed":"20s")",
     R"("attempts":"unbounded","delay":"50ms","delay_max":"2s","elapsed":"unbounded")", "tries without an end"},
    {R"("delay_max":"2s","elapsed":"20s")", R"("delay_max":"2s","elapsed":"unbounded")", "tries without an end"},
    {R"("delay":"50ms","delay_max":"2s")", R"("delay":"50ms","delay_max":"20ms")", "not below `delay`"},
    {R"("within":"1h")", R"("within":"90d")", "together they may be no more"},
    {R"("rejects":[404])", R"("rejects":[408])", "never 408"},
    {"${input.account}", "${input.acount}", "did you mean `account`"},
    {"${input.account}", "${input.account + 1}", "`+`"},
    {R"("post":"/holds/release")", R"("post":"/holds/${steps.hold.response.hold}")", "when the outcome is unknown"},
    {"${steps.hold.response.hold}", "${steps.ship.response.hold}", "has not run yet"},
    {R"("body":{"account":)", R"("body":{"${x}":)", "expressions stand in values only"},
    {R"("post":"/holds")", R"("post":"/holds/../x")", "may not have `..`"},
    {R"("after":["hold"])", R"("after":[])", "does not surely run before the pivot"},
    {R"("after":["pay"])", R"("after":["hold"])", "does not wait for the pivot"},
    {R"("participant":"bank")", R"("participant":"Bank")", "where a name is expected"},
};

// Whatever is refused to authors from some day on was taken on the day before.
TEST(stored_definition, is_not_refused_what_authors_are) {
  const auto accepted = test::loaded_or_throw(whole, offline())->canonical;
  for (const auto& one : refusals) {
    auto text = accepted;
    const auto at = text.find(one.from);
    ASSERT_NE(at, std::string::npos) << one.from;
    text.replace(at, one.from.size(), one.to);
    EXPECT_THAT(test::mistakes_of(text, offline()), HasSubstr(one.why)) << one.to;
    EXPECT_EQ(told_of_stored(text), "nothing") << one.to;
  }
}

TEST(stored_definition, keeps_what_it_says_past_the_limits_of_today) {
  auto text = test::loaded_or_throw(whole, offline())->canonical;
  for (const auto& [from, to] :
       {std::pair(R"("deadline":"1m")", R"("deadline":"91d")"), std::pair(R"("attempts":5)", R"("attempts":1000001)"),
        std::pair(R"("rejects":[404])", R"("rejects":[404,503])")}) {
    text.replace(text.find(from), std::string_view(from).size(), to);
  }
  const auto loaded = load_canonical(text);
  const auto& compiled = *std::get<definition_ptr>(loaded);
  EXPECT_EQ(compiled.deadline_ms, millis{91} * 86'400'000);
  EXPECT_EQ(compiled.steps.front().action.retry.attempts_max, 1'000'001U);
  EXPECT_EQ(compiled.steps.front().action.rejects, (std::vector<std::uint16_t>{404, 503}));
}

class golden_definition : public testing::TestWithParam<std::filesystem::path> {};

// Texts as journals hold them, each beside what it meant on the day it was accepted.
TEST_P(golden_definition, means_what_it_meant) {
  auto text = test::read_file(GetParam());
  if (text.back() == '\n') text.pop_back();
  ASSERT_EQ(told_of_stored(text), "nothing");
  const auto meaning = std::filesystem::path(GetParam()).replace_extension(".meaning");
  EXPECT_EQ(test::meaning_of(*std::get<definition_ptr>(load_canonical(text))), test::read_file(meaning));
}

INSTANTIATE_TEST_SUITE_P(files, golden_definition, testing::ValuesIn(test::definitions_in("tests/golden/definitions")),
                         [](const auto& file) { return file.param.stem().string(); });

}  // namespace
}  // namespace sagad::definition
