#include <gtest/gtest.h>

#include "json/json.hpp"
#include "support.hpp"

namespace sagad::definition {
namespace {

std::string one_step(const std::string& head, const std::string& action) {
  return head + "steps:\n  - step: a\n    participant: escrow\n    action: " + action + "\n    compensation: none\n";
}

digest content_of(const std::string& text) {
  return test::loaded_or_throw(text)->content;
}

TEST(canonical_form, is_canonical_json) {
  const auto canonical = test::loaded_or_throw(test::read_file("sagas/sale.yaml"))->canonical;
  EXPECT_EQ(json::check(canonical), std::nullopt);
  EXPECT_EQ(json::canonical(canonical), canonical);
}

TEST(canonical_form, does_not_depend_on_how_the_same_is_written) {
  const auto written =
      content_of(one_step("saga: x\ndeadline: 60s\n", "{post: /v1/a, timeout: 2000ms, rejects: [404, 409]}"));
  EXPECT_EQ(written, content_of(one_step("deadline: 1m\nkey: optional\nsaga: x\n", "{rejects: [404], post: /v1/a}")));
  EXPECT_EQ(written, content_of(R"({"saga":"x","deadline":"60s","alert_after":"1m","steps":[{"after":[],
      "kind":"compensatable","step":"a","participant":"escrow","compensation":"none",
      "action":{"post":"/v1/a","rejects":[404],"answer":"none","retry":{"factor":2.000,"attempts":5}}}]})"));
  EXPECT_EQ(written,
            content_of(one_step("saga: x\ndeadline: 1m\ndefaults: {timeout: 2s}\n", "{post: /v1/a, rejects: [404]}")));
}

TEST(canonical_form, changes_with_whatever_means_something) {
  const auto plain = content_of(one_step("saga: x\n", "{post: /v1/a}"));
  for (const auto* action : {"{put: /v1/a}", "{post: /v1/b}", "{post: /v1/a, body: {}}", "{post: /v1/a, timeout: 1s}",
                             "{post: /v1/a, retry: {attempts: 6}}", "{post: /v1/a, retry: {factor: 2.001}}",
                             "{post: /v1/a, rejects: [404]}", "{post: /v1/a, answer: {within: 1s, by: poll}}"}) {
    EXPECT_NE(plain, content_of(one_step("saga: x\n", action))) << action;
  }
  for (const auto* head :
       {"saga: y\n", "", "saga: x\ndescription: y\n", "saga: x\nkey: required\n", "saga: x\ndeadline: 1s\n",
        "saga: x\nalert_after: 1s\n", "saga: x\noutput: 1\n", "saga: x\ninput: {type: object}\n"}) {
    EXPECT_NE(plain, content_of(one_step(head, "{post: /v1/a}"))) << head;
  }
}

TEST(canonical_form, has_a_condition_only_where_one_is_written) {
  const auto* plain = "steps: [{step: a, participant: escrow, action: {post: /v1/a}, compensation: none}]";
  const auto* asking =
      "steps: [{step: a, when: '${ input.x }', participant: escrow, action: {post: /v1/a}, compensation: none}]";
  EXPECT_EQ(test::loaded_or_throw(plain)->canonical.find("when"), std::string::npos);
  const auto asked = test::loaded_or_throw(asking);
  EXPECT_NE(asked->canonical.find(R"("step":"a","when":"${ input.x }"})"), std::string::npos);
  EXPECT_FALSE(std::get<definition_ptr>(load_canonical(asked->canonical))->steps[0].when.always());
}

TEST(canonical_form, keeps_the_text_of_numbers_in_bodies) {
  const auto loaded = test::with_body("{price: 1.50, large: 123456789012345678901234567890}");
  EXPECT_NE(loaded->canonical.find(R"({"large":123456789012345678901234567890,"price":1.50})"), std::string::npos);
}

TEST(canonical_form, loads_again_with_a_delete_character_that_was_written_escaped) {
  const auto written = test::with_body(R"({"\x7F": "\x7F"})");
  ASSERT_NE(written->canonical.find("{\"\x7F\":\"\x7F\"}"), std::string::npos);
  EXPECT_EQ(test::loaded_or_throw(written->canonical)->canonical, written->canonical);
}

}  // namespace
}  // namespace sagad::definition
