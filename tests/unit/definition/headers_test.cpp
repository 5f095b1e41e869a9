#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "definition/header_lines.hpp"
#include "support.hpp"

namespace sagad::definition {
namespace {

using testing::HasSubstr;

definition_ptr with_headers(const std::string& headers) {
  return test::loaded_or_throw(
      "steps: [{step: a, participant: escrow, compensation: none, action: {post: /v1/a, headers: " + headers + "}}]");
}

std::string value_of(const std::string& written, const std::string& input = "{}") {
  const auto loaded = with_headers("{X: " + written + "}");
  return test::rendered(loaded->steps[0].action.headers.at(0).value, *loaded, input);
}

TEST(header, has_the_characters_of_its_text_and_of_the_values_in_it) {
  EXPECT_EQ(value_of("plain"), "plain");
  EXPECT_EQ(value_of("7"), "7");
  EXPECT_EQ(value_of("true"), "true");
  EXPECT_EQ(value_of("'${input.x}'", R"({"x":"a \"b\" \u00e9"})"), "a \"b\" \xC3\xA9");
  EXPECT_EQ(value_of("'a ${input.x}/${input.x + 1} $${'", R"({"x":1})"), "a 1/2 ${");
  EXPECT_EQ(value_of("'${[input.x].size() == 1}'", R"({"x":1})"), "true");
}

TEST(header, takes_no_value_that_has_a_control_character_or_is_no_text) {
  EXPECT_EQ(value_of("'${input.x}'", R"({"x":"a\r\nSaga-Id: y"})"),
            "fault: `input.x` has a control character, which no header may have");
  EXPECT_EQ(value_of("'a${input.x + \"\"}'", R"({"x":"\u007f"})"),
            "fault: `input.x + \"\"` has a control character, which no header may have");
  EXPECT_THAT(value_of("'${input.x}'", R"({"x":null})"), HasSubstr("null, which has no place inside a text"));
  EXPECT_EQ(value_of("'${input.x}'"), "fault: `input.x` is absent");
}

TEST(headers, are_kept_sorted_and_only_where_they_are_written) {
  const auto loaded = with_headers("{X-B: b, X-A: '${input.a}', n: 1}");
  EXPECT_THAT(loaded->canonical, HasSubstr(R"("headers":{"X-A":"${input.a}","X-B":"b","n":"1"},"post":)"));
  EXPECT_EQ(loaded->content, with_headers("{n: '1', X-A: '${input.a}', X-B: b}")->content);
  EXPECT_EQ(test::with_body("{}")->canonical.find("headers"), std::string::npos);
  EXPECT_EQ(with_headers("{}")->canonical.find("headers"), std::string::npos);
  EXPECT_EQ(std::get<definition_ptr>(load_canonical(loaded->canonical))->steps[0].action.headers.size(), 3U);
}

TEST(name_of_a_header, has_an_end) {
  EXPECT_EQ(check_header_name(std::string(128, 'x')), std::nullopt);
  EXPECT_NE(check_header_name(std::string(129, 'x')), std::nullopt);
}

TEST(name_of_a_header, is_one_that_sagad_does_not_set) {
  for (const auto* name : {"X-Tenant", "Accept", "Accept-Language", "Cookie", "Sagas", "Contents", "tracestate"}) {
    EXPECT_EQ(check_header_name(name), std::nullopt) << name;
  }
  for (const auto* name : {"Saga-Id", "SAGA-NEW", "Idempotency-Key", "host", "Content-Encoding", "Authorization", "TE",
                           "Connection", "Keep-Alive", "Upgrade", "Expect", "Trailer", "Accept-Encoding"}) {
    EXPECT_NE(check_header_name(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace sagad::definition
